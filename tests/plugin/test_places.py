"""Stores, reports and baselines that could not be written are refused at the start; what can be is left as it was."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

REPORTS = ("--optbench-json", "--optbench-html")
Begin = Callable[..., pytest.RunResult]


@pytest.fixture
def begin(pytester: pytest.Pytester, stub: Path) -> Begin:
    """A session that comes as far as its items."""

    def started(*arguments: str) -> pytest.RunResult:
        own = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--metalab", "pytest_optbench.engine")
        return pytester.runpytest_inprocess(*own, "--collect-only", *arguments)

    return started


def refused(result: pytest.RunResult, option: str, complaint: str) -> None:
    """It ended at once, in one line that begins with the option."""
    (line,) = [line for line in result.errlines if line]
    assert line.startswith(f"ERROR: {option}")
    assert complaint in line
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.outlines == []


def everything(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.fixture
def places(pytester: pytest.Pytester) -> Path:
    """Places that a report or a store cannot have."""
    folder = pytester.mkdir("places")
    (folder / "file").write_text("")
    (folder / "folder").mkdir()
    (folder / "nowhere").symlink_to(folder / "none" / "x")
    (folder / "full" / ".optbench").mkdir(parents=True)
    (folder / "locked").mkdir(mode=0o555)
    return folder


BAD_REPORTS = {
    "/proc/nowhere/x": "there is no folder",
    "/proc/nowhere": "cannot be used",
    "none/x": "there is no folder",
    "folder": "that is a folder",
    "nowhere": "that is a link to nowhere",
    "file/x": "there is no folder",
    f"{'x' * 256}": "cannot be used (File name too long)",
}


@pytest.mark.parametrize("option", REPORTS)
@pytest.mark.parametrize("path", BAD_REPORTS)
def test_a_report_that_cannot_be_written_is_refused(begin: Begin, places: Path, option: str, path: str) -> None:
    before = everything(places)
    refused(begin(f"{option}={places / path}"), option, BAD_REPORTS[path])
    assert everything(places) == before


@pytest.fixture
def locked(places: Path) -> Path:
    """A folder in which this user may not write."""
    folder = places / "locked"
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    return folder


@pytest.mark.parametrize("option", [*REPORTS, "--optbench-store"])
def test_a_folder_that_is_locked_is_refused(begin: Begin, locked: Path, option: str) -> None:
    refused(begin(f"{option}={locked / 'x'}"), option, "cannot be used (Permission denied)")


@pytest.mark.parametrize("option", REPORTS)
def test_a_report_that_can_be_written_is_left_as_it_is(begin: Begin, places: Path, option: str) -> None:
    (places / "link").symlink_to(places / "file")
    before = everything(places)
    for path in (places / "file", places / "new file", places / "link", Path(os.devnull)):
        assert begin(f"{option}={path}").ret == 0
    assert everything(places) == before


def test_two_reports_in_one_file_are_refused(begin: Begin) -> None:
    refused(begin("--optbench-json=x", "--optbench-html=x"), "--optbench-json and --optbench-html", "name one file")


BAD_STORES = {
    "/proc/x": "cannot be used",
    "/proc/none/x/y": "cannot be used",
    "file": "that is a file",
    "file/x": "cannot be used (Not a directory)",
    "nowhere": "that is a link to nowhere",
    f"{'x' * 300}": "cannot be used (File name too long)",
}


@pytest.mark.parametrize("path", BAD_STORES)
def test_a_store_that_cannot_be_is_refused(begin: Begin, places: Path, path: str) -> None:
    before = everything(places)
    refused(begin(f"--optbench-store={places / path}"), "--optbench-store", BAD_STORES[path])
    assert everything(places) == before


def test_a_store_that_can_be_is_left_as_it_is(begin: Begin, places: Path) -> None:
    before = everything(places)
    for path in ("folder", "new", "new/below/it", "a new one"):
        assert begin(f"--optbench-store={places / path}").ret == 0
    assert begin("--optbench-store=memory://anything").ret == 0
    assert everything(places) == before


def test_a_store_that_may_only_be_read_needs_something_in_it(begin: Begin, locked: Path) -> None:
    refused(begin(f"--optbench-store={locked}"), "--optbench-store", "cannot be used (Permission denied)")
    locked.chmod(0o755)
    (locked / "record").write_text("")
    locked.chmod(0o555)
    assert begin(f"--optbench-store={locked}").ret == 0


@pytest.mark.parametrize("path", ["file", "nowhere"])
def test_a_baseline_folder_that_cannot_be_is_refused(
    begin: Begin, places: Path, pytester: pytest.Pytester, path: str
) -> None:
    (pytester.path / ".optbench").symlink_to(places / path)
    refused(begin("--optbench-save=main"), "--optbench-save", "there is no folder")


def test_a_baseline_name_that_is_too_long_is_refused(begin: Begin, pytester: pytest.Pytester) -> None:
    pytester.mkdir(".optbench")
    refused(begin(f"--optbench-save={'x' * 252}"), "--optbench-save", "File name too long")
    assert begin("--optbench-save=main").ret == 0
    assert list((pytester.path / ".optbench").iterdir()) == []


def test_a_baseline_folder_that_is_not_there_is_not_made_yet(begin: Begin, pytester: pytest.Pytester) -> None:
    assert begin("--optbench-save=main").ret == 0
    assert not (pytester.path / ".optbench").exists()


LIMIT = '{"name": "cost", "value": "fast", "unit": "us"}'
OUTCOME = f'{{"point": "p", "case": "c", "intensity": "light", "verdict": "holds", "limits": [{LIMIT}]}}'
BAD_BASELINES = {
    "torn": ('{"format"', "is not an optbench report"),
    "binary": ("\udcff\udcfe", "is not an optbench report"),
    "a limit of text": (
        f'{{"format": 4, "target": {{}}, "outcomes": [{OUTCOME}]}}',
        "outcomes[0].limits[0].value: expected a finite number, found 'fast'",
    ),
}


@pytest.mark.parametrize("case", BAD_BASELINES)
def test_a_baseline_is_read_completely_at_the_start(begin: Begin, places: Path, case: str) -> None:
    text, complaint = BAD_BASELINES[case]
    (places / "baseline.json").write_bytes(text.encode(errors="surrogateescape"))
    refused(begin(f"--optbench-compare={places / 'baseline.json'}"), "--optbench-compare", complaint)


@pytest.mark.parametrize("path", ["folder", "none", "nowhere"])
def test_a_baseline_that_is_no_file_is_refused(begin: Begin, places: Path, path: str) -> None:
    refused(begin(f"--optbench-compare={places / path}"), "--optbench-compare", "there is no baseline")
