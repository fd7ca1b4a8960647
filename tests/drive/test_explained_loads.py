"""What parts say of their loads is what lies on the disk after them, to within a factor of two."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_optbench.drive.explained import FILES, explained
from pytest_optbench.plugin.collection import Load, bundled_folder

KEEPING = """
from pytest_optbench.plugin.session import session_of

def pytest_collection_finish(session):
    session_of(session.config).keep = True
"""
POINTS = ("failure_injection", "flock_concurrency", "resume")
PARTS = ("exceptions", "junk", "file_size_limit", "first_use", "killed_holder", "readers", "finished", "killed", "cost")
TOLD = re.compile(r"(?P<runs>[\d,]+) runs store about (?P<size>[\d.]+) (?P<unit>\w+) in (?P<files>[\d,]+) files")
UNITS = {"bytes": 1, "kB": 1_000, "MB": 1_000_000}


def test_parts_store_what_they_say(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [str(bundled_folder() / point / f"test_{point}.py") for point in POINTS]
    names = " or ".join(f"test_{part}[light]" for part in PARTS)
    common = (*files, "-k", names, "-m", "light", "--metalab", "pytest_optbench.engine", "-p", "no:cacheprovider")
    said = pytester.runpytest_subprocess(*common, "--optbench-explain").outlines
    pytester.makepyfile(keeping=KEEPING)
    monkeypatch.setenv("TMPDIR", str(pytester.path))
    pytester.runpytest_subprocess("-p", "keeping", *common).assert_outcomes(passed=len(PARTS))
    found = {
        item.name.split(".")[1]: item for item in next(pytester.path.glob("optbench-*/items")).parent.glob("items/*")
    }
    for line, text in pairwise(said):
        if told := TOLD.search(text):
            lies = stored(found[line.rpartition("::test_")[2]])
            bytes_told = float(told["size"]) * UNITS[told["unit"]]
            assert lies[0] / 2 <= bytes_told <= lies[0] * 2, line
            assert lies[1] / 2 <= int(told["files"].replace(",", "")) <= lies[1] * 2, line


def stored(folder: Path) -> tuple[int, int]:
    """Bytes and files of all stores in a folder."""
    sizes = [path.stat().st_size for store in folder.rglob("store") for path in store.rglob("*") if path.is_file()]
    return sum(sizes), len(sizes)


@pytest.mark.parametrize("files", FILES)
def test_a_load_says_its_runs_and_what_is_driven(files: str) -> None:
    load = Load("point", "light", 1_000)
    assert explained(files)(load, None).startswith("1,000 runs store about ")
    assert explained(files, what="{size} at once")(load, None).startswith("1,000 at once: 1,")


def test_extreme_loads_say_once_how_they_grow(pytester: pytest.Pytester) -> None:
    """Of what nobody will run, as the largest size of the table mostly is, no bytes are announced."""
    options = ("--optbench", "-m", "extreme", "--optbench-explain", "--optbench-budget", "77", "-p", "no:cacheprovider")
    lines = pytester.runpytest_subprocess(*options, "--metalab", "pytest_optbench.engine").outlines
    (grow,) = (line for line in lines if "77 s" in line)
    assert grow.startswith("extreme loads begin at their first size and grow")
    heads = [line for line in lines if " [extreme]" in line]
    assert heads
    assert all(re.search(r"\[extreme\], load [\d,]+ to [\d,]+[:,]", head) for head in heads), heads
    (head,) = (line for line in heads if line.endswith("::test_same_experiment"))
    assert head.startswith("flock-concurrency [extreme], load 12 to 1,000,000: ")
    assert lines[lines.index(head) + 1].startswith("  12 runs store about ")
