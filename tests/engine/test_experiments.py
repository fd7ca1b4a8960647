"""Experiments: what they are made of is checked at once, and every id has a folder of its own, on any file system."""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import pytest_optbench.engine as metalab
from pytest_optbench.engine.planning.experiment import folder_name
from pytest_optbench.errors import InvalidInputError


@metalab.operation
def nothing():
    pass


PARTS: dict[str, Any] = {
    "name": "e",
    "version": "1",
    "context": None,
    "operation": nothing,
    "params": metalab.grid(x=[1]),
    "seeds": metalab.seeds(),
}


def on_any_disk(folder: str) -> str:
    """The name as the most forgetful file system sees it: without case, accents composed."""
    return unicodedata.normalize("NFC", folder).casefold()


def test_the_id_is_name_and_version() -> None:
    experiment = metalab.Experiment(**{**PARTS, "name": "a b", "version": "2:beta"})
    assert experiment.experiment_id == "a b:2:beta"


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("name", "", "name"),
        ("name", None, "name"),
        ("name", "a:b", "':'"),
        ("version", "", "version"),
        ("version", 1, "version"),
        ("operation", print, "@operation"),
        ("operation", None, "@operation"),
        ("params", {"x": [1]}, "grid"),
        ("params", "x", "grid"),
        ("params", 3, "grid"),
        ("seeds", 3, "seeds"),
        ("seeds", "12", "seeds"),
        ("tags", "fast", "tags"),
        ("tags", [1], "tags"),
    ],
)
def test_a_part_of_the_wrong_kind_is_refused_by_name(part: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        metalab.Experiment(**{**PARTS, part: value})


def test_lists_that_change_later_change_no_experiment() -> None:
    tags, about = ["fast"], {"by": "me"}
    experiment = metalab.Experiment(**PARTS, tags=tags, metadata=about)
    tags.append("slow")
    about["by"] = "you"
    assert (tuple(experiment.tags), dict(experiment.metadata)) == (("fast",), {"by": "me"})


@pytest.mark.parametrize(
    ("experiment_id", "folder"),
    [("optbench:1", "optbench_1"), ("my_sweep:1.0-rc.1", "my_sweep_1.0-rc.1"), ("_a.b-c:x", "_a.b-c_x")],
)
def test_a_plain_id_is_its_own_folder(experiment_id: str, folder: str) -> None:
    assert folder_name(experiment_id) == folder


@pytest.mark.parametrize(
    "experiment_id", ["Optbench:1", "a b:1", "a:1_0", "..:1", "a:1.", "con.x:1", "é:1", "x" * 300 + ":1"]
)
def test_any_other_id_keeps_what_is_plain_of_it_beside_its_hash(experiment_id: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{0,40}~[0-9a-f]{32}", folder_name(experiment_id))


def test_no_two_of_all_short_ids_share_a_folder() -> None:
    letters = "aA1_:.-~/ é\u0301\0"
    short = ["".join(id_) for length in range(1, 6) for id_ in itertools.product(letters, repeat=length) if ":" in id_]
    folders = {on_any_disk(folder_name(experiment_id)) for experiment_id in short}
    assert len(folders) == len(short) > 100_000


@given(st.lists(st.text(max_size=8), min_size=2, max_size=2, unique=True), st.text(max_size=3))
@example(["a_b", "a"], "c")
@example(["A", "a"], "1")
@example(["é", "e\u0301"], "1")
@example(["\ud800", "\udc00"], "1")
def test_different_names_or_versions_have_different_folders(two: list[str], version: str) -> None:
    as_names = {on_any_disk(folder_name(f"{name}:{version}")) for name in two}
    as_versions = {on_any_disk(folder_name(f"{version}:{name}")) for name in two}
    assert len(as_names) == len(as_versions) == 2


@given(st.text())
@example("con:")
@example("aux.x:1")
@example("." * 300 + ":1")
@example("-rf:1")
def test_a_folder_is_safe_everywhere(experiment_id: str) -> None:
    folder = folder_name(experiment_id)
    assert re.fullmatch(r"[A-Za-z0-9._~-]{1,100}", folder)
    assert not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", folder.lower())
    assert not folder.startswith(".")
    assert not folder.endswith(".")
