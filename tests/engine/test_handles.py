"""Handles: the status, the end, the cancellation, and that nothing is called stored which is not."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sample_operations import EXECUTORS, experiment, fated, noop, paced, patient, square, witnessed

import pytest_optbench.engine as metalab
from pytest_optbench.engine.executors.process import ProcessWorkerPool
from pytest_optbench.engine.handle import GRACE
from pytest_optbench.engine.store import ExperimentStore
from pytest_optbench.errors import StoreError, SweepError, WorkerError

TIMEOUT = 60.0  # seconds, against a hang
WAITING = [kind for kind in EXECUTORS if kind != "inline"]


def refusing(monkeypatch: pytest.MonkeyPatch, method: str, refuses: Any) -> None:
    """Make a method of the store fail as on a full disk, for the run ids of which `refuses` says so."""
    original = getattr(ExperimentStore, method)

    def call(self: ExperimentStore, first: Any, *rest: Any) -> Any:
        run_id = first if isinstance(first, str) else first.run_id
        if refuses(run_id):
            raise StoreError("no space left")
        return original(self, first, *rest)

    monkeypatch.setattr(ExperimentStore, method, call)


def test_the_status_tells_what_became_of_every_run(tmp_path: Path, executor: Any, witness: Path) -> None:
    metalab.run(experiment(fated, [{"n": 0, "fate": "well"}]), store=tmp_path / "s").result(TIMEOUT)
    sweep = experiment(fated, [{"n": n, "fate": fate} for n, fate in enumerate(["well", "well", "error"])])
    handle = metalab.run(sweep, store=tmp_path / "s", executor=executor)
    handle.result(TIMEOUT)
    told = handle.status.as_dict()
    assert told == {
        "total": 3,
        "completed": 1,
        "running": 0,
        "pending": 0,
        "failed": 1,
        "skipped": 1,
        "cancelled": 0,
        "is_total_known": True,
    }
    assert handle.is_complete


@pytest.mark.parametrize("kind", WAITING)
def test_cancelling_stops_what_asks_and_starts_nothing_more(tmp_path: Path, witness: Path, kind: str) -> None:
    begun = threading.Event()
    executor = EXECUTORS[kind]()
    handle = metalab.run(
        experiment(patient, 1000),
        store=tmp_path / "s",
        executor=executor,
        on_event=lambda event: begun.set() if event.kind == "run_started" else None,
    )
    assert begun.wait(TIMEOUT)
    assert handle.status.running >= 1
    handle.cancel()
    results = handle.result(TIMEOUT)
    executed = len(witnessed(witness))
    assert 1 <= executed <= executor.max_workers
    assert {run.status.value for run in results} == {"cancelled"}
    assert [run.error["type"] for run in results if run.error] == [
        "pytest_optbench.errors.RunCancelledError"
    ] * executed
    status = handle.status
    assert (status.cancelled, status.running, status.pending) == (executed, 0, 1000 - executed)


def test_a_cancelled_run_is_executed_again(tmp_path: Path, witness: Path) -> None:
    sweep = experiment(patient, 1)
    for _ in range(2):
        begun = threading.Event()
        handle = metalab.run(sweep, store=tmp_path / "s", on_event=lambda event, begun=begun: begun.set())  # type: ignore[misc]
        assert begun.wait(TIMEOUT)
        handle.cancel()
        handle.result(TIMEOUT)
    assert witnessed(witness) == ["0", "0"]


@pytest.mark.parametrize("kind", WAITING)
def test_a_timeout_ends_the_waiting_and_not_the_sweep(tmp_path: Path, witness: Path, kind: str) -> None:
    sweep = experiment(paced, [{"n": n, "seconds": 1.0} for n in range(3)])
    handle = metalab.run(sweep, store=tmp_path / "s", executor=EXECUTORS[kind]())
    with pytest.raises(TimeoutError, match="goes on"):
        handle.result(0.01)
    assert not handle.is_complete
    assert len(handle.result(TIMEOUT).successful) == 3


def test_asking_twice_gives_the_same(tmp_path: Path) -> None:
    handle = metalab.run(experiment(square, 3), store=tmp_path)
    first, second = (handle.result(TIMEOUT) for _ in range(2))
    assert [run.run_id for run in first] == [run.run_id for run in second]


@pytest.mark.parametrize("method", ["claim", "draft", "publish"])
@pytest.mark.parametrize("kind", ["inline", "threads"])
def test_what_could_not_be_stored_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, kind: str
) -> None:
    sweep = experiment(square, 20)
    lost = metalab.run(sweep, store=tmp_path / "whole").result(TIMEOUT)[7].run_id
    with monkeypatch.context() as patch:
        refusing(patch, method, lost.__eq__)
        told: list[Any] = []
        handle = metalab.run(sweep, store=tmp_path / "s", executor=EXECUTORS[kind](), on_event=told.append)
        with pytest.raises(SweepError, match=lost):
            handle.result(TIMEOUT)
    assert (handle.status.completed, handle.status.failed) == (19, 1)
    assert [event.run_id for event in told if event.kind == "run_failed"] == [lost]
    assert lost not in [event.run_id for event in told if event.kind == "run_finished"]
    assert len(metalab.load_results(tmp_path / "s")) == 19
    again = metalab.run(sweep, store=tmp_path / "s")
    assert len(again.result(TIMEOUT).successful) == 20
    assert (again.status.completed, again.status.skipped) == (1, 19)


def test_a_store_that_keeps_nothing_any_more_ends_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, "publish", lambda run_id: True)
    handle = metalab.run(experiment(square, 1000), store=tmp_path)
    with pytest.raises(SweepError, match="given up"):
        handle.result(TIMEOUT)
    assert handle.status.completed == 0
    assert handle.status.failed < 50


def test_a_claim_that_cannot_be_given_back_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, "release", lambda run_id: True)
    handle = metalab.run(experiment(square, 2), store=tmp_path)
    assert len(handle.result(TIMEOUT).successful) == 2
    assert len([problem for problem in handle.problems if "claim was not given back" in problem]) == 2


def test_workers_that_cannot_begin_end_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    handle = metalab.run(experiment(square, 4), store=tmp_path, executor=metalab.ProcessExecutor(2))
    with pytest.raises(WorkerError, match="exited with code 1"):
        handle.result(TIMEOUT)
    assert handle.status.completed == 0


def test_a_python_that_is_missing_ends_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    handle = metalab.run(experiment(square, 4), store=tmp_path, executor=metalab.ProcessExecutor(2))
    with pytest.raises(WorkerError, match="cannot be started"):
        handle.result(TIMEOUT)


def test_stopping_processes_kills_what_does_not_listen(tmp_path: Path, witness: Path) -> None:
    begun = threading.Event()
    handle = metalab.run(
        experiment(paced, [{"n": n, "seconds": 60.0} for n in range(4)]),
        store=tmp_path / "s",
        executor=metalab.ProcessExecutor(2),
        on_event=lambda event: begun.set(),
    )
    assert begun.wait(TIMEOUT)
    handle.cancel()
    assert isinstance(handle._pool, ProcessWorkerPool)
    handle._pool.kill()
    results = handle.result(TIMEOUT)
    assert {run.status.value for run in results} == {"cancelled"}
    assert len(results) == handle.status.cancelled >= 1


@pytest.mark.parametrize("stoppable", [False, True])
def test_ctrl_c_waits_again_only_for_workers_that_are_stopped(tmp_path: Path, stoppable: bool) -> None:
    waits: list[float | None] = []

    class Busy:
        def join(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            if timeout is None:
                raise KeyboardInterrupt
            return False

        def kill(self) -> bool:
            return stoppable

    handle = metalab.run(experiment(noop, 1), store=tmp_path)
    handle.result(TIMEOUT)
    handle._pool = Busy()
    with pytest.raises(KeyboardInterrupt):
        handle.result()
    assert waits == [None, GRACE, *[GRACE] * stoppable]


def test_two_interpreters_share_one_plan(tmp_path: Path, witness: Path) -> None:
    code = (
        "import sys, pytest_optbench.engine as metalab\n"
        f"sys.path[:] = {sys.path!r}\n"
        "from sample_operations import EXECUTORS, experiment, paced\n"
        "sweep = experiment(paced, [{'n': n, 'seconds': 0.005} for n in range(60)])\n"
        f"handle = metalab.run(sweep, store={str(tmp_path / 's')!r}, executor=EXECUTORS[sys.argv[1]]())\n"
        "print(handle.result(60).summary()['success'])\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, kind], stdout=subprocess.PIPE, text=True)
        for kind in ("threads", "processes")
    ]
    assert [process.communicate(timeout=TIMEOUT)[0].strip() for process in processes] == ["60", "60"]
    begun = [line for line in witnessed(witness) if line.endswith("begins")]
    assert len(begun) == len(set(begun)) == 60


def test_a_run_held_by_somebody_alive_is_waited_for(tmp_path: Path) -> None:
    sweep = experiment(noop, 3)
    run_id = metalab.run(sweep, store=tmp_path / "whole").result(TIMEOUT)[1].run_id
    holder = metalab.FileStore(tmp_path / "s").experiment("sample:1")
    assert holder.claim(run_id)
    handle = metalab.run(sweep, store=tmp_path / "s")
    deadline = time.monotonic() + TIMEOUT
    while handle.status.completed < 2:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    with pytest.raises(TimeoutError):
        handle.result(0.1)
    assert handle.status.completed == 2
    holder.close()
    assert len(handle.result(TIMEOUT).successful) == 3
