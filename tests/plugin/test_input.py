"""Bad input ends before anything runs, in one clear line; nothing is left behind; nobody else pays."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from plugin_runs import ENGINE, Run

BAD = {
    "unknown algorithm": (("--optbench-targeted", "adm", "sphere"), "unknown algorithm 'adm': choose one of adam,"),
    "unknown problem": (("--optbench-targeted", "adam", "spher"), "unknown problem 'spher': choose one of ackley,"),
    "negative replicates": (("--optbench-replicates", "-1"), "--optbench-replicates -1: give a number above 0"),
    "no workers": (("--optbench-workers", "0"), "--optbench-workers 0: give a number above 0"),
    "trials alone": (("--optbench-trials", "5"), "--optbench-trials needs --optbench-random"),
    "two sweeps": (
        ("--optbench-random", "--optbench-targeted", "adam", "sphere"),
        "are two different sweeps",
    ),
    "no such module": (("--metalab", "nowhere.lab"), "nowhere.lab"),
    "no metalab": (("--metalab", "json"), "is no metalab: it lacks operation, Experiment, run,"),
    "json into nowhere": (("--optbench-json", "no/such/place.json"), "there is no folder"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(run: Run, stub: Path, case: str) -> None:
    arguments, complaint = BAD[case]
    result = run(*arguments, target="" if "--metalab" in arguments else ENGINE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert complaint in str(result.stderr)
    assert "Traceback" not in str(result.stderr)
    assert not result.parseoutcomes() if "passed" in str(result.stdout) else True


def test_a_store_that_is_a_file_is_refused(run: Run, stub: Path) -> None:
    result = run("--optbench-store", str(stub))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "that is a file" in str(result.stderr)


def test_the_environment_names_the_target(
    run: Run, stub: Path, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("OPTBENCH_METALAB", ENGINE)
    run("-v", *workers, target="").stdout.fnmatch_lines([f"*metalab under test: {ENGINE} *"])


def test_the_ini_file_names_the_target(run: Run, stub: Path, pytester: pytest.Pytester) -> None:
    pytester.makeini(f"[pytest]\nmetalab = {ENGINE}")
    run(target="").stdout.fnmatch_lines([f"*metalab under test: {ENGINE} *"])


@pytest.mark.skipif(bool(importlib.metadata.entry_points(group="metalab.stores")), reason="a metalab is installed here")
def test_a_metalab_that_is_not_installed_is_told_of(
    run: Run, stub: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = "from pytest_optbench.engine import *\n\ndef run(*arguments, **options):\n    ...\n"
    pytester.makepyfile(metalab=lab)
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    for arguments in ((), ("-q",)):  # the one has a head, both have a summary
        told = run(*arguments, target="metalab").stdout
        told.fnmatch_lines(["metalab under test: metalab *", "optbench: metalab is importable but not installed: *"])


def test_nothing_is_left_behind(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    place = pytester.mkdir("tmp")
    monkeypatch.setenv("TMPDIR", str(place))
    pytester.makepyfile(
        'import pytest\n@pytest.mark.breaking_point("x", light=1)\n'
        "def test_x(load, bench):\n"
        "    (bench.folder / 'evidence').write_text('seen')\n"
        "    bench.ran(executed=1, audited=1, seconds=1)\n"
    )
    run(*workers).assert_outcomes(passed=1)
    assert not list(place.glob("optbench-*"))


def test_evidence_of_a_break_is_kept(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    place = pytester.mkdir("tmp")
    monkeypatch.setenv("TMPDIR", str(place))
    pytester.makepyfile(
        'import pytest\n@pytest.mark.breaking_point("x", light=1)\n'
        "def test_x(load, bench):\n"
        "    (bench.folder / 'evidence').write_text('seen')\n"
        "    bench.breaks('files are kept', 'one is gone')\n"
    )
    result = run(*workers)
    assert len(list(place.glob("optbench-*/items/*/*/evidence"))) == 1
    result.stdout.fnmatch_lines([f"evidence kept in {place}/optbench-*"])


def test_the_environment_is_as_it_was(pytester: pytest.Pytester, stub: Path) -> None:
    before = dict(os.environ)
    pytester.runpytest_inprocess("--metalab", ENGINE, "-p", "no:randomly").assert_outcomes(passed=2, deselected=7)
    after = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    assert after == {name: value for name, value in before.items() if not name.startswith("PYTEST_")}


def test_a_session_without_scenarios_does_not_pay(pytester: pytest.Pytester) -> None:
    """Hypothesis' and pytest-benchmark's own plugins are switched off: what is left is this one."""
    pytester.makepyfile("def test_plain(): pass")
    probe = (
        "import sys, pytest\n"
        "code = pytest.main(['-q', '-p', 'no:hypothesispytest', '-p', 'no:benchmark', '-p', 'no:randomly'])\n"
        "heavy = [name for name in sys.modules if name == 'numpy' or name.startswith('pytest_optbench.engine')]\n"
        "sys.exit(f'{code} {heavy}' if code or heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=pytester.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_such_a_session_makes_no_folder(pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    place = pytester.mkdir("tmp")
    monkeypatch.setenv("TMPDIR", str(place))
    pytester.makepyfile("def test_plain(): pass")
    run(target="").assert_outcomes(passed=1)
    assert not list(place.glob("optbench-*"))
    assert tempfile.gettempdir()  # the place itself still is one
