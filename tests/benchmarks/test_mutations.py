"""Mutants are what their operators say, keep their names when other code changes, and are noticed in a clone."""

from __future__ import annotations

from pathlib import Path

import mutants as tool
import pytest
from clone import PACKAGE, ROOT, Clone
from mutations import mutants_of

SOURCE = b'''
"""A module."""
LIMIT = 3

def take(first: "int", second=2.0, *, name="plain"):
    """Take them."""
    if first < second and not name:
        store(first, second)
        return [one for one in name if one]
    try:
        raise ValueError(f"{first} 1", 1)
    except ValueError:
        isinstance(first, int)
    finally:
        close("text for people")
    return first + 500 if name else 0
'''


def changes(source: bytes) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for one in mutants_of("module.py", source):
        found.setdefault((one.operator, one.before), []).append(one.after)
    return found


def test_every_operator_makes_its_changes_and_no_others() -> None:
    assert changes(SOURCE) == {
        ("off-by-one", "3"): ["4"],
        ("constant", "2.0"): ["5.0"],
        ("constant", '"plain"'): ["'xplain'"],
        ("removed-branch", "first < second and not name"): ["False"],
        ("condition", "first < second and not name"): ["(first < second or not name)"],
        ("comparison", "first < second"): ["(first <= second)"],
        ("condition", "not name"): ["(name)"],
        ("dropped-call", "store(first, second)"): ["pass"],
        ("swapped-arguments", "store(first, second)"): ["(store(second, first))"],
        ("removed-branch", "one"): ["True"],
        ("removed-branch", "isinstance(first, int)"): ["raise"],
        ("dropped-call", "isinstance(first, int)"): ["pass"],
        ("removed-branch", 'close("text for people")'): ["pass"],
        ("dropped-call", 'close("text for people")'): ["pass"],
        ("removed-branch", "name"): ["False", "True"],
        ("arithmetic", "first + 500"): ["(first - 500)"],
        ("constant", "500"): ["250"],
        ("off-by-one", "0"): ["1"],
    }


def test_a_mutant_is_planted_where_it_says() -> None:
    for one in mutants_of("module.py", SOURCE):
        planted = one.plant(SOURCE)
        assert planted == SOURCE[: one.start] + one.after.encode() + SOURCE[one.end :] != SOURCE
        compile(planted, "module.py", "exec")


def test_ids_differ_and_do_not_depend_on_what_is_elsewhere() -> None:
    ids = [one.id for one in mutants_of("module.py", SOURCE)]
    later = {one.id for one in mutants_of("module.py", b"OTHER = 1\n\n\n" + SOURCE)}
    assert len(ids) == len({*ids})
    assert {*ids} < later


def test_the_sample_depends_on_its_seed_alone() -> None:
    first, again, other = tool.sample(20, 1), tool.sample(30, 1), tool.sample(20, 2)
    assert first == again[:20]
    assert first != other


def test_every_annotation_is_about_a_mutant_that_there_is() -> None:
    assert {*tool.equivalents()} <= {tool.key_of(one) for one in tool.mutants()}


@pytest.mark.parametrize(
    ("before", "after", "how"), [(b"", b"", "survived"), (b'["skipped"] += runs', b'["skipped"] += 2 * runs', "failed")]
)
def test_a_defect_in_a_clone_is_noticed_and_none_is_not(before: bytes, after: bytes, how: str) -> None:
    module = "engine/model/counters.py"
    source = ROOT.joinpath(PACKAGE, module).read_bytes()
    assert before in source
    with Clone() as clone:
        clone.write(module, source.replace(before, after))
        ended = clone.session(["scenarios/observation/test_observation.py::test_status"], "light", 0, 300, "-x")
    assert tool.how(ended) == how, ended.printed
    assert "observation/test_observation.py::test_status[light]" in next(iter(ended.seconds))
    assert not Path(clone.folder).exists()
