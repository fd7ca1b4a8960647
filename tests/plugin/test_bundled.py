"""The bundled scenarios are collected whatever an ini file says of test files, from a checkout and from a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from plugin_runs import Run

import pytest_optbench
from pytest_optbench.plugin.collection import bundled_folder

PACKAGE = Path(pytest_optbench.__file__).parent
LIGHT = 98
INI = {
    "nothing": "",
    "other files": "python_files = check_*.py",
    "other functions": "python_functions = check_*",
    "other classes": "python_classes = Check*",
    "importlib": "addopts = --import-mode=importlib",
    "append": "addopts = --import-mode=append",
    "no imported tests": "collect_imported_tests = false",
    "other folders": "testpaths = checks\nnorecursedirs = scenarios *",
    "ignored": "addopts = --ignore-glob=*/test_*.py",
}


def collected(result: pytest.RunResult) -> list[str]:
    """The bundled items of a quiet collection, by the names that mean the same everywhere."""
    return sorted(line.rpartition("/")[2] for line in result.outlines if line.endswith("[light]"))


def parts_of(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("test_*.py")}


@pytest.mark.parametrize("case", INI)
def test_they_are_collected_whatever_the_ini_file_says(run: Run, pytester: pytest.Pytester, case: str) -> None:
    pytester.makeini(f"[pytest]\n{INI[case]}")
    pytester.mkdir("checks").joinpath("check_own.py").write_text("def check_own(): pass\n")
    result = run("--optbench", "--collect-only", "-q")
    found = collected(result)
    assert result.ret == 0
    assert {item.split("::")[0] for item in found} == parts_of(bundled_folder())
    assert len(found) == len(set(found)) >= LIGHT
    result.stdout.no_fnmatch_line("*check_own*")


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_they_run_beside_other_names_of_tests(run: Run, pytester: pytest.Pytester, mode: str) -> None:
    pytester.makeini(f"[pytest]\npython_files = check_*.py\npython_functions = check_*\naddopts = --import-mode={mode}")
    only = ("--optbench", "--optbench-only", "optbench")
    run(*only, "-k", "test_sweep", "--optbench-executor", "process").assert_outcomes(passed=1)


def test_they_are_collected_beside_what_is_named(run: Run, pytester: pytest.Pytester) -> None:
    own = pytester.makepyfile(test_own="def test_own(): pass")
    result = run("--optbench", "--collect-only", "-q", str(own))
    assert len(collected(result)) >= LIGHT
    result.stdout.fnmatch_lines(["test_own.py::test_own"])
    assert len(collected(run("--optbench", "--collect-only", "-q", str(bundled_folder())))) >= LIGHT


def test_another_package_of_that_name_is_told(run: Run, pytester: pytest.Pytester) -> None:
    """In a checkout the folder is a package of its own, and child processes import it by its name."""
    if bundled_folder().parent == PACKAGE:
        pytest.skip("this is no checkout")
    pytester.mkpydir("scenarios")
    pytester.makeconftest("import scenarios")
    result = run("--optbench", "--optbench-only", "optbench")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*has their name here: rename it, or install pytest-optbench from a wheel"])
    result.assert_outcomes(errors=1)


@pytest.fixture
def installed(pytester: pytest.Pytester) -> Path:
    """A folder like that of installed packages, with the plugin laid out as a wheel does it."""
    place = pytester.mkdir("site")
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, place / "pytest_optbench", ignore=skipped)
    shutil.copytree(bundled_folder(), place / "pytest_optbench" / "scenarios", ignore=skipped, dirs_exist_ok=True)
    return place


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_a_wheel_within_the_project_is_collected_from(pytester: pytest.Pytester, installed: Path, mode: str) -> None:
    """As a virtual environment inside a project has it, beside a checkout with the same files."""
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(bundled_folder(), pytester.path / "scenarios", ignore=skipped)
    pytester.makeini(f"[pytest]\npython_files = check_*.py\naddopts = --import-mode={mode}\ntestpaths = scenarios")
    probe = (
        "import sys; before = sys.path[:]; import pytest, pytest_optbench; code = pytest.main(sys.argv[1:]);"
        "print(pytest_optbench.__file__, before == sys.path)"
    )
    arguments = ["--optbench", "--optbench-only", "optbench", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-c", probe, *arguments, "-rA", "--metalab", "pytest_optbench.engine"],
        cwd=pytester.path,
        env={**environment, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert "PASSED site/pytest_optbench/scenarios/optbench/test_optbench.py::test_sweep[light]" in done.stdout
    same_path = "a folder of installed packages before all others would shadow what is tested"
    assert done.stdout.splitlines()[-1] == f"{installed / 'pytest_optbench' / '__init__.py'} True", same_path
