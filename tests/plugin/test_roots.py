"""A path that belongs to an option is no path to test, and a relative one means the folder where the session began."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from plugin_runs import Run

WANDERING = """
import os, pytest

@pytest.mark.breaking_point("wander", light=1)
@pytest.mark.parametrize("turn", [1, 2])
def test_wander(load, turn, scenario, tmp_path):
    os.chdir(tmp_path)
    scenario.witness.write_text("seen")
    os.makedirs(scenario.store, exist_ok=True)
    open(os.path.join(scenario.store, f"{turn}"), "w").close()
    scenario.ran(executed=1, audited=1, seconds=1)
"""


@pytest.fixture
def elsewhere(pytester: pytest.Pytester) -> Path:
    """Another project beside the one that is tested, with a configuration of its own."""
    folder = pytester.mkdir("elsewhere")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = elsewhere: e\n")
    (folder / "report.json").write_text("{}")
    (folder / "python").symlink_to(sys.executable)
    (folder / "store").mkdir()
    return folder


@pytest.fixture
def project(pytester: pytest.Pytester, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project that is tested."""
    folder = pytester.mkdir("project")
    (folder / "test_wander.py").write_text(WANDERING)
    (folder / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(folder)
    return folder


PATHS = {
    "--optbench-versus": "../elsewhere/python",
    "--optbench-json": "../elsewhere/report.json",
    "--optbench-store": "../elsewhere/store",
    "--optbench-compare": "../elsewhere/report.json",
}


@pytest.mark.parametrize("option", PATHS)
def test_a_path_after_a_blank_that_moves_the_root_is_refused(
    run: Run, pytester: pytest.Pytester, project: Path, option: str, workers: tuple[str, ...]
) -> None:
    result = run(*workers, option, PATHS[option])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"write {option}={PATHS[option]}" in str(result.stderr)
    assert f"{pytester.path / 'elsewhere'} for its root" in str(result.stderr)
    assert "Traceback" not in str(result.stderr)
    assert [path.name for path in (pytester.path / "elsewhere" / "store").iterdir()] == []


@pytest.mark.parametrize("arguments", [("--optbench-json=../elsewhere/report.json",), ("--optbench-json", "out.json")])
def test_other_ways_to_write_it_keep_the_root(run: Run, project: Path, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"rootdir: {project}"])


def test_a_path_that_was_given_in_the_ini_file_moves_nothing(run: Run, project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\naddopts = --optbench-json ../elsewhere/report.json\n")
    run().assert_outcomes(passed=2)


def test_a_root_that_is_named_stays(run: Run, project: Path) -> None:
    run("--rootdir=.", "-c", "pytest.ini", "--optbench-json", "../elsewhere/report.json").assert_outcomes(passed=2)


def test_two_values_that_are_folders_ask_for_a_root(run: Run, pytester: pytest.Pytester, project: Path) -> None:
    adam = pytester.mkdir("project/adam")
    (adam / "pytest.ini").write_text("[pytest]\n")
    result = run("--optbench-targeted", "adam", "sphere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"write --rootdir={project} as well" in str(result.stderr)


def test_relative_paths_mean_the_folder_where_the_session_began(
    run: Run, project: Path, workers: tuple[str, ...]
) -> None:
    report, page = "--optbench-json=some/out.json", "--optbench-html=some/out.html"
    (project / "some").mkdir()
    result = run("--optbench-store=some/store", report, page, *workers)
    result.assert_outcomes(passed=2)
    assert {path.name for path in (project / "some").iterdir()} == {"store", "store.witness", "out.json", "out.html"}
    assert {path.name for path in (project / "some" / "store").iterdir()} == {"1", "2"}
    result.stdout.fnmatch_lines(["report written to some/out.html", "results kept in some/store"])
    again = run("--optbench-compare=some/out.json", *workers)
    again.assert_outcomes(passed=2)
    again.stdout.fnmatch_lines(["gate passed against some/out.json*"])


def test_the_other_interpreter_too(run: Run, project: Path) -> None:
    (project / "conftest.py").write_text("import os; os.chdir('/')")
    result = run("--optbench-versus=../elsewhere/nothing")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"there is no interpreter {project}/../elsewhere/nothing" in str(result.stderr)
