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

TARGETED = ("--optbench-targeted", "adam", "sphere")
TEXTS = (
    "--metalab", "--optbench-store", "--optbench-json", "--optbench-html", "--optbench-save", "--optbench-compare",
    "--optbench-versus",
)  # fmt: skip
BAD = {
    "negative replicates": ((*TARGETED, "--optbench-replicates", "-1"), "replicates -1: give a number above 0"),
    "endless replicates": ((*TARGETED, "--optbench-replicates", "1" * 20), "give at most 1,000,000"),
    "unknown algorithm": (("--optbench-targeted", "adm", "sphere"), "unknown algorithm 'adm': choose one of adam,"),
    "unknown problem": (("--optbench-targeted", "adam", "spher"), "unknown problem 'spher': choose one of ackley,"),
    "an empty problem": (("--optbench-targeted", "adam", ""), "unknown problem '': choose one of ackley,"),
    "replicates alone": (("--optbench-replicates", "5"), "replicates needs --optbench-targeted or --optbench-random"),
    "no workers": (("--optbench-workers", "0"), "--optbench-workers 0: give a number above 0"),
    "endless workers": (
        ("--optbench-workers", "1" + "0" * 20),
        "--optbench-workers 1" + "0" * 20 + ": give at most 1,024",
    ),
    "workers in words": (("--optbench-workers", "two"), "argument --optbench-workers: invalid int value: 'two'"),
    "workers as 1e20": (("--optbench-workers", "1e20"), "argument --optbench-workers: invalid int value: '1e20'"),
    "no workers given": (("--optbench-workers=",), "argument --optbench-workers: invalid int value: ''"),
    "a scheduler without its executor": (
        ("--optbench-dask", "tcp://127.0.0.1:1"),
        "--optbench-dask tcp://127.0.0.1:1: it is for --optbench-executor dask",
    ),
    "a scheduler that is not there": (
        ("--optbench-executor", "dask", "--optbench-dask", "tcp://127.0.0.1:1"),
        "--optbench-dask tcp://127.0.0.1:1: nobody answers there",
    ),
    "an executor": (("--optbench-executor", "gpu"), "argument --optbench-executor: invalid choice: 'gpu'"),
    "trials alone": (("--optbench-trials", "5"), "--optbench-trials needs --optbench-random"),
    "no trials": (("--optbench-random", "--optbench-trials", "0"), "--optbench-trials 0: give a number above 0"),
    "negative trials": (
        ("--optbench-random", "--optbench-trials", "-3"),
        "--optbench-trials -3: give a number above 0",
    ),
    "endless trials": (("--optbench-random", "--optbench-trials", "1" * 20), "give at most 10,000,000"),
    "two sweeps": (("--optbench-random", *TARGETED), "are two different sweeps"),
    "no shards": (("--optbench-shards", "0"), "--optbench-shards 0: give a number above 0"),
    "endless shards": (("--optbench-shards", "1" * 20), "give at most 10,000"),
    "no rounds": (("--optbench-rounds", "0"), "--optbench-rounds 0: give a number above 0"),
    "endless rounds": (("--optbench-rounds", "1" * 20), "give at most 10,000"),
    "rounds alone": (("--optbench-rounds", "2"), "--optbench-rounds needs --optbench-versus"),
    "no such module": (("--metalab", "nowhere.lab"), "ERROR: --metalab: there is no module 'nowhere.lab' to test"),
    "no metalab": (("--metalab", "json"), "is not a metalab: it lacks operation, Experiment, run,"),
    "a file for a module": (("--metalab", "./lab.py"), "ERROR: --metalab: "),
    "json into nowhere": (("--optbench-json", "no/such/place.json"), "there is no folder"),
    "json between the lines": (("--optbench-json=-",), "--optbench-json -: standard output has the lines of pytest"),
    "html between the lines": (("--optbench-html=-",), "--optbench-html -: standard output has the lines of pytest"),
    "a baseline without a name": (("--optbench-save=-",), "--optbench-save: baseline '-': use letters"),
    "no rule": (("--optbench-compare-fail", ""), "--optbench-compare-fail: '' is not a rule"),
    "no point": (("--optbench-only", ""), "--optbench-only: a name is empty"),
    "a comma too much": (("--optbench-only", "stub,"), "--optbench-only: a name is empty"),
    "a folder for an interpreter": (("--optbench-versus=/",), "--optbench-versus /: there is no interpreter /"),
    **{
        f"a budget of {budget}": (
            (f"--optbench-budget={budget}",),
            f"--optbench-budget {budget}: give a number above 0",
        )
        for budget in ("nan", "-inf", "0.0", "-1.0")
    },
    "an endless budget": (("--optbench-budget", "inf"), "--optbench-budget inf: give at most 31,536,000"),
    "a budget of 1e20": (("--optbench-budget", "1e20"), "--optbench-budget 1e+20: give at most 31,536,000"),
    "a budget in words": (("--optbench-budget", "long"), "argument --optbench-budget: invalid float value: 'long'"),
    **{f"{option} without a value": ((f"{option}=",), f"ERROR: {option}: the value is empty") for option in TEXTS},
    **{
        f"{option} not in UTF-8": ((f"{option}=a\udcff",), f"ERROR: {option} 'a\\udcff': not UTF-8") for option in TEXTS
    },
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(pytester: pytest.Pytester, stub: Path, case: str) -> None:
    arguments, complaint = BAD[case]
    target = () if any(one.startswith("--metalab") for one in arguments) else ("--metalab", ENGINE)
    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider", *target, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert complaint in str(result.stderr)
    assert "Traceback" not in str(result.stderr)
    assert len([line for line in result.errlines if line]) <= 5
    assert result.outlines == []


@pytest.mark.parametrize(
    "arguments", [("--metalab", "nowhere.lab"), ("--optbench-workers", "0"), ("--optbench-only", "x")]
)
def test_bad_input_is_one_line_beside_workers_too(run: Run, stub: Path, arguments: tuple[str, ...]) -> None:
    result = run("-n", "2", *arguments, target="" if "--metalab" in arguments else ENGINE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert arguments[0] in str(result.stderr)
    assert "Traceback" not in f"{result.stdout}{result.stderr}"


@pytest.mark.parametrize("plugin", ["xdist", "benchmark", "cacheprovider", "randomly"])
def test_other_plugins_can_be_switched_off(pytester: pytest.Pytester, stub: Path, plugin: str) -> None:
    result = pytester.runpytest_subprocess("-p", f"no:{plugin}", "--metalab", ENGINE)
    result.assert_outcomes(passed=2, deselected=7)


@pytest.mark.parametrize("mode", ["load", "loadscope", "loadfile", "loadgroup", "worksteal"])
def test_workers_may_share_items_out_in_every_way(run: Run, stub: Path, mode: str) -> None:
    run("-n", "2", "--dist", mode).assert_outcomes(passed=2)


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
        "def test_x(load, scenario):\n"
        "    (scenario.folder / 'evidence').write_text('seen')\n"
        "    scenario.ran(executed=1, audited=1, seconds=1)\n"
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
        "def test_x(load, scenario):\n"
        "    (scenario.folder / 'evidence').write_text('seen')\n"
        "    scenario.breaks('files are kept', 'one is gone')\n"
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
        "LATE = ('pytest_optbench.engine', 'pytest_optbench.target', 'pytest_optbench.forecast', "
        "'pytest_optbench.plugin.forecasting', 'pytest_optbench.report.terminal', 'pytest_optbench.report.saved')\n"
        "code = pytest.main(['-q', '-p', 'no:hypothesispytest', '-p', 'no:benchmark', '-p', 'no:randomly'])\n"
        "heavy = [name for name in sys.modules if name == 'numpy' or name.startswith(LATE)]\n"
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
