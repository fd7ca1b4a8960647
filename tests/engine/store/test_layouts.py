"""File names: safe on any file system, never the store's own or another artifact's, and readable where they can be."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_optbench.engine.store import layout
from pytest_optbench.errors import InvalidInputError

RUN_IDS = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")
NAMES = st.text(min_size=1) | st.text(st.sampled_from("aA._-~/ 2"), min_size=1, max_size=6)


@given(st.lists(NAMES, max_size=12), st.sampled_from([".json", ".npz", ".txt", ".bin"]))
@example(["record", "log", "series", "Record", "LOG"], ".json")
@example(["log", "LOG", "log.txt", "log~2", "log~2.txt"], ".txt")
@example(["a~2", "a", "A", "a~2"], ".json")
@example(["..", ".", "/", "../../x", "~", "-rf", "\0", "\ud800"], ".bin")
def test_files_of_one_run_are_apart_and_inside(names: list[str], suffix: str) -> None:
    taken: set[str] = set()
    for name in names:
        file = layout.artifact_file(name, suffix, taken)
        assert file.lower() not in taken | {own.lower() for own in layout.OWN_FILES}
        assert PurePath(file).name == file
        assert file.isascii()
        assert file.isprintable()
        assert len(file) <= 255
        assert not file.startswith((".", "-"))
        assert file.lower().endswith(suffix)
        taken.add(file.lower())


@pytest.mark.parametrize(
    ("name", "suffix", "file"),
    [
        ("plot", ".png", "plot.png"),
        ("plot.png", ".png", "plot.png"),
        ("Best params", ".json", "Best_params.json"),
        ("a/b", ".npz", "a_b.npz"),
        ("record", ".json", "record~2.json"),
        (".json", ".json", "json.json"),
        ("\u00e9", ".txt", "_.txt"),
    ],
)
def test_a_plain_name_is_its_own_file(name: str, suffix: str, file: str) -> None:
    assert layout.artifact_file(name, suffix, set()) == file


def test_the_name_of_the_thousandth_lookalike_is_found_at_once() -> None:
    class Counting(set[str]):
        asked = 0

        def __contains__(self, file: object) -> bool:
            Counting.asked += 1
            return super().__contains__(file)

    taken = Counting(f"a~{number}.json" if number > 1 else "a.json" for number in range(1, 1001))
    assert layout.artifact_file("a", ".json", taken) == "a~1002.json"
    assert Counting.asked <= 3


@pytest.mark.parametrize(
    ("path", "suffix"),
    [
        ("a.tar.gz", ".gz"),
        ("a", ".bin"),
        (".bashrc", ".bin"),
        ("a.b c", ".bin"),
        ("a.", ".bin"),
        ("x.JSON", ".JSON"),
        ("a." + "x" * 99, ".bin"),
    ],
)
def test_a_copied_file_keeps_a_safe_suffix(path: str, suffix: str) -> None:
    assert layout.suffix_of(PurePath(path)) == suffix


@given(RUN_IDS)
def test_a_run_has_one_place(run_id: str) -> None:
    assert layout.checked_run_id(run_id) == run_id
    assert layout.is_shard(layout.shard(run_id))
    assert layout.run_path("/e", run_id) == f"/e/runs/{run_id[:2]}/{run_id}"


@given(RUN_IDS, RUN_IDS)
def test_claims_lie_below_the_byte_of_housekeeping_and_apart(one: str, two: str) -> None:
    assert 0 <= layout.claim_offset(one) < layout.HOUSEKEEPING_OFFSET
    assert (layout.claim_offset(one) == layout.claim_offset(two)) == (int(one[:16], 16) >> 2 == int(two[:16], 16) >> 2)


@pytest.mark.parametrize(
    "odd", ["", "0" * 31, "0" * 33, "A" * 32, "../" + "0" * 29, "0" * 31 + "\n", "\u0660" * 32, None, 5, b"0" * 32]
)
def test_what_is_no_run_id_never_becomes_a_path(odd: object) -> None:
    with pytest.raises(InvalidInputError, match="run id"):
        layout.checked_run_id(odd)
    with pytest.raises(InvalidInputError, match="run id"):
        layout.run_path("/e", odd)  # type: ignore[arg-type]
