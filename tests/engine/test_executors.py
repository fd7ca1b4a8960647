"""Executors: what ends a run ends that run alone, sweeps never mix, and nothing is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sample_operations import (
    EXECUTORS,
    FATES,
    WITNESS,
    children,
    collecting,
    cube,
    experiment,
    fated,
    forking,
    meeting,
    open_files,
    paced,
    parting,
    square,
    witnessed,
)

import pytest_optbench.engine as metalab
from pytest_optbench.engine.executors import sweep_payload
from pytest_optbench.engine.executors.dispatcher import Dispatcher
from pytest_optbench.errors import InvalidInputError

TIMEOUT = 60.0  # seconds, against a hang
DEADLY = ("os._exit", "os._exit(0)", "SIGKILL", "SIGSEGV")
PROCESS_ONLY = (*DEADLY, "closes all", "fork returns")
RAISED = tuple(fate for fate in FATES if fate not in ("well", *PROCESS_ONLY))
NAMES = {
    "error": "ValueError",
    "sys.exit": "SystemExit",
    "interrupt": "KeyboardInterrupt",
    "base": "BaseException",
    "generator": "GeneratorExit",
    "huge": "ValueError",
    "unprintable": "sample_operations.UnprintableError",
    "unpicklable": "sample_operations.UnpicklableError",
    "surrogate": "ValueError",
    "recursion": "RecursionError",
}


def cases(*fates: str) -> list[dict[str, Any]]:
    """Cases with these fates, each between two that end well."""
    listed = [one for fate in fates for one in ("well", fate)] + ["well"]
    return [{"n": n, "fate": fate} for n, fate in enumerate(listed)]


def test_whatever_an_operation_raises_is_recorded_on_its_run(tmp_path: Path, executor: Any, witness: Path) -> None:
    sweep = experiment(fated, cases(*RAISED))
    handle = metalab.run(sweep, store=tmp_path / "s", executor=executor)
    results = handle.result(TIMEOUT)
    assert {run.params["fate"]: run.error and run.error["type"] for run in results} == {"well": None, **NAMES}
    assert (handle.status.completed, handle.status.failed) == (len(RAISED) + 1, len(RAISED))
    assert all(run.metrics == {"n": run.params["n"]} for run in results), "what a failed run captured is kept"
    assert all(len(run.error["message"]) < 50_000 for run in results.failed if run.error)
    assert Counter(witnessed(witness)) == Counter(str(case["n"]) for case in cases(*RAISED))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 and later, where there are threads
def test_a_forked_child_exits_as_it_says(tmp_path: Path, executor: Any) -> None:
    codes = {0: 0, None: 0, 7: 7, 256 + 3: 3, "said": 1}
    sweep = experiment(forking, [{"code": code} for code in codes])
    results = metalab.run(sweep, store=tmp_path / "s", executor=executor).result(TIMEOUT)
    assert [run.metrics.get("code", run.error) for run in results] == list(codes.values())


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_worker_costs_the_run_that_killed_it_and_nothing_else(
    tmp_path: Path, witness: Path, workers: int
) -> None:
    sweep = experiment(fated, cases(*DEADLY))
    results = metalab.run(sweep, store=tmp_path / "s", executor=metalab.ProcessExecutor(workers)).result(TIMEOUT)
    ended = {run.params["fate"]: run for run in results}
    assert len(results) == 2 * len(DEADLY) + 1
    assert {fate: ended[fate].status.value for fate in ended} == {"well": "success", **dict.fromkeys(DEADLY, "failed")}
    assert {ended[fate].error["type"] for fate in DEADLY} == {"WorkerDied"}
    assert "SIGKILL" in ended["SIGKILL"].error["message"]
    assert "code 7" in ended["os._exit"].error["message"]
    assert Counter(witnessed(witness)) == Counter(str(case["n"]) for case in cases(*DEADLY)), "each executed once"
    assert metalab.FileStore(tmp_path / "s").check() == []


def test_a_death_does_not_cost_the_run_of_a_worker_whose_reports_were_not_yet_read(
    tmp_path: Path, witness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear = Dispatcher._on_reports
    monkeypatch.setattr(Dispatcher, "_on_reports", lambda self, worker: self._draining and hear(self, worker))
    sweep = experiment(parting, [{"n": n, "parties": 2} for n in range(2)])
    results = metalab.run(sweep, store=tmp_path / "s", executor=metalab.ProcessExecutor(2)).result(TIMEOUT)
    assert [run.status.value for run in results] == ["failed", "success"]
    assert sorted(witnessed(witness)) == ["0", "1"], "each executed once"


def test_a_run_that_breaks_its_worker_in_other_ways_costs_no_other(tmp_path: Path, witness: Path) -> None:
    sweep = experiment(fated, cases("closes all", "fork returns"))
    handle = metalab.run(sweep, store=tmp_path / "s", executor=metalab.ProcessExecutor(2))
    results = handle.result(TIMEOUT)
    assert len(results) == 5
    assert {run.status.value for run in results if run.params["fate"] == "well"} == {"success"}
    assert handle.status.done == handle.status.total == 5


def test_two_sweeps_at_once_on_one_executor_never_mix(tmp_path: Path, executor: Any) -> None:
    sweeps = {"square": experiment(square, 40, "first"), "cube": experiment(cube, 40, "second")}
    handles = {name: metalab.run(sweep, store=tmp_path / name, executor=executor) for name, sweep in sweeps.items()}
    for power, (name, handle) in enumerate(handles.items(), start=2):
        assert [run.metrics for run in handle.result(TIMEOUT)] == [{name: n**power} for n in range(40)]
        stored = metalab.FileStore(tmp_path / name)
        assert {record.experiment_id for record in stored.list_run_records()} == {sweeps[name].experiment_id}
        assert {record.provenance.operation for record in stored.list_run_records() if record.provenance} == {
            f"sample_operations:{name}"
        }


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_as_many_runs_are_under_way_as_there_are_workers(tmp_path: Path, witness: Path, kind: str) -> None:
    sweep = experiment(meeting, [{"n": n, "parties": 2} for n in range(2)])
    results = metalab.run(sweep, store=tmp_path / "s", executor=EXECUTORS[kind]()).result(TIMEOUT)
    assert [run.error for run in results] == [None, None]


def test_no_more_runs_are_under_way_than_there_are_workers(tmp_path: Path, executor: Any, witness: Path) -> None:
    sweep = experiment(paced, [{"n": n, "seconds": 0.01} for n in range(8)])
    metalab.run(sweep, store=tmp_path / "s", executor=executor).result(TIMEOUT)
    under_way = most = 0
    for line in witnessed(witness):
        under_way += 1 if line.endswith("begins") else -1
        most = max(most, under_way)
    assert under_way == 0
    assert 1 <= most <= executor.max_workers


@pytest.mark.parametrize("kind", [metalab.ThreadExecutor, metalab.ProcessExecutor])
@pytest.mark.parametrize("workers", [0, -1, 1.0, True, "2", None])
def test_a_number_of_workers_that_means_nothing_is_refused(kind: Any, workers: Any) -> None:
    with pytest.raises(InvalidInputError, match="max_workers"):
        kind(workers)


def test_leaving_the_block_waits_for_its_sweeps(tmp_path: Path, witness: Path) -> None:
    sweep = experiment(paced, [{"n": n, "seconds": 0.02} for n in range(4)])
    with metalab.ThreadExecutor(2) as executor:
        handle = metalab.run(sweep, store=tmp_path / "s", executor=executor)
    assert handle.is_complete
    assert handle.status.completed == 4


def test_an_executor_that_was_shut_down_takes_no_more(tmp_path: Path, executor: Any, witness: Path) -> None:
    executor.shutdown(wait=False)
    with pytest.raises(InvalidInputError, match="shut down"):
        metalab.run(experiment(fated, cases("well")), store=tmp_path / "s", executor=executor)
    assert witnessed(witness) == []


def test_no_process_thread_or_file_is_left(tmp_path: Path, executor: Any, witness: Path) -> None:
    before = children(), threading.active_count(), open_files()
    metalab.run(experiment(fated, cases("error")), store=tmp_path / "s", executor=executor).result(TIMEOUT)
    executor.shutdown()
    assert (children(), threading.active_count(), open_files()) == before


SCRIPT = """
import sys
import pytest_optbench.engine as metalab

@metalab.operation
def own(params, capture):
    capture.metric("doubled", 2 * params["n"])

def main():
    experiment = metalab.Experiment(name="script", version="1", context=None, operation=own,
                                    params=metalab.grid(n=range(4)), seeds=metalab.seeds(0, 1))
    results = metalab.run(experiment, store=sys.argv[1], executor=metalab.ProcessExecutor(2)).result(60)
    print([run.metrics["doubled"] for run in results])

{start}
"""


@pytest.mark.parametrize(
    ("start", "output"),
    [("if __name__ == '__main__':\n    main()", "[0, 2, 4, 6]"), ("main()", 'if __name__ == "__main__"')],
)
def test_an_operation_of_the_script_itself(tmp_path: Path, start: str, output: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("{start}", start))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(script), str(tmp_path / "s")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    assert output in done.stdout + done.stderr
    assert (done.returncode == 0) == (output == "[0, 2, 4, 6]")


def test_a_class_of_the_script_for_an_operation_of_another_module(tmp_path: Path) -> None:
    (tmp_path / "measuring.py").write_text(
        "import pytest_optbench.engine as metalab\n"
        "@metalab.operation\n"
        "def length(params, capture): capture.metric('length', params['point'].x)\n"
    )
    script = tmp_path / "script.py"
    script.write_text("""
import dataclasses, sys
import pytest_optbench.engine as metalab
from measuring import length

@dataclasses.dataclass(frozen=True)
class Point:
    x: int

if __name__ == "__main__":
    cases = metalab.manual([{"point": Point(3)}])
    experiment = metalab.Experiment("script", "1", {"note": Point(1)}, length, cases, metalab.seeds())
    (run,) = metalab.run(experiment, store=sys.argv[1], executor=metalab.ProcessExecutor(1)).result(60)
    print(run.metrics)
""")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(script), str(tmp_path / "s")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.stdout == "{'length': 3}\n", done.stderr


@pytest.mark.parametrize("sweeping", ["measuring", "points"], ids=["of the operation", "of a parameter"])
def test_a_module_that_runs_sweeps_when_it_is_imported_runs_none_in_a_worker(tmp_path: Path, sweeping: str) -> None:
    modules = {
        "measuring": "@metalab.operation\ndef length(params, capture): capture.metric('length', params['point'].x)\n",
        "points": "@dataclasses.dataclass(frozen=True)\nclass Point:\n    x: int\n",
    }
    for name, text in modules.items():
        (tmp_path / f"{name}.py").write_text("import dataclasses\nimport pytest_optbench.engine as metalab\n" + text)
    with (tmp_path / f"{sweeping}.py").open("a") as module:
        module.write(
            "from sample_operations import experiment, square, witness\n"
            "witness('imported')\n"
            "metalab.run(experiment(square, 1), store='other', executor=metalab.InlineExecutor())\n"
        )
    (tmp_path / "script.py").write_text("""
import pytest_optbench.engine as metalab
from measuring import length
from points import Point
cases = metalab.manual([{"point": Point(3)}])
experiment = metalab.Experiment("script", "1", None, length, cases, metalab.seeds())
(run,) = metalab.run(experiment, store="s", executor=metalab.ProcessExecutor(1)).result(60)
raise SystemExit(run.error["message"])
""")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), WITNESS: str(tmp_path / "witness")}
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=TIMEOUT
    )
    assert 'if __name__ == "__main__"' in done.stderr
    assert witnessed(tmp_path / "witness") == ["imported"] * 2


def test_a_value_that_only_says_main_needs_no_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_payload, "describe_main", lambda: None)  # as in an interactive session
    said = metalab.manual([{"n": 1, "said": word} for word in ("__main__", b"__main__", ["a __main__ b"])])
    sweep = metalab.Experiment("e", "1", {"__main__": "__main__"}, cube, said, metalab.seeds())
    results = metalab.run(sweep, store=tmp_path, executor=metalab.ProcessExecutor(1)).result(TIMEOUT)
    assert [(run.status, run.params["said"]) for run in results] == [
        ("success", "__main__"),
        ("success", b"__main__"),
        ("success", ["a __main__ b"]),
    ]


def test_a_worker_collects_garbage(tmp_path: Path, executor: Any) -> None:
    (run,) = metalab.run(experiment(collecting, 1), store=tmp_path / "s", executor=executor).result(TIMEOUT)
    assert run.metrics["collects"] is True
