"""Worker processes: whatever they die of or leave behind, the sweep goes on, and none outlives its parent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mortal_workers
import pytest
from sample_operations import (
    WITNESS,
    Deadly,
    children,
    experiment,
    lingering,
    noop,
    silencing,
    threaded,
    witnessed,
)

import pytest_optbench.engine as metalab
from pytest_optbench.engine.executors import dispatcher
from pytest_optbench.errors import WorkerError

TIMEOUT = 60.0  # seconds, against a hang


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_kills_its_worker_before_it_has_begun_costs_no_other(
    tmp_path: Path, witness: Path, workers: int
) -> None:
    deadly = range(1, 12, 2)
    sweep = experiment(noop, [{"n": n, "with": Deadly(n) if n in deadly else None} for n in range(13)])
    results = metalab.run(sweep, store=tmp_path / "s", executor=metalab.ProcessExecutor(workers)).result(TIMEOUT)
    assert [run.params["n"] for run in results.failed] == list(deadly)
    assert len(results.successful) == 13 - len(deadly)
    assert {run.error and run.error["type"] for run in results.failed} == {"WorkerDied"}
    assert len(witnessed(witness)) <= len(deadly) + workers, "each kills one worker, and the first ones another"


def test_a_run_that_kills_one_worker_and_not_the_next_is_executed(
    tmp_path: Path, witness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "GRACE", 0.1)  # who leaves a thread behind does not leave by himself
    cases = [{"n": n, "parties": 2, "with": Deadly(n, once=True) if n == 2 else None} for n in range(3)]
    results = metalab.run(
        experiment(lingering, cases), store=tmp_path / "s", executor=metalab.ProcessExecutor(2)
    ).result(TIMEOUT)
    assert len(results.successful) == 3
    assert sorted(witnessed(witness)) == ["0", "1", "2", "2 kills"]


def test_workers_that_die_before_they_take_a_run_end_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(mortal_workers.HOME, str(os.getpid()))
    handle = metalab.run(experiment(mortal_workers.idle, 2), store=tmp_path / "s", executor=metalab.ProcessExecutor(1))
    with pytest.raises(WorkerError, match="exited with code 3"):
        handle.result(TIMEOUT)


def test_a_thread_that_an_operation_left_behind_keeps_no_worker_alive(tmp_path: Path) -> None:
    before = children()
    handle = metalab.run(experiment(threaded, 3), store=tmp_path, executor=metalab.ProcessExecutor(1))
    assert len(handle.result(TIMEOUT).successful) == 3
    assert children() == before


def test_a_worker_that_cannot_go_on_ends_whatever_threads_it_has(tmp_path: Path) -> None:
    before = children()
    handle = metalab.run(experiment(silencing, 2), store=tmp_path, executor=metalab.ProcessExecutor(1))
    assert len(handle.result(TIMEOUT).successful) == 2, "what it published stands"
    assert children() == before


def test_none_outlives_its_parent_with_a_child_that_it_forked(tmp_path: Path) -> None:
    """The output ends once the script and its worker have, since the forked child has let go of it."""
    (tmp_path / "script.py").write_text("""
import os, signal, sys, threading
import pytest_optbench.engine as metalab
from sample_operations import experiment, patient

begun = threading.Event()
handle = metalab.run(
    experiment(patient, 1), store="s", executor=metalab.ProcessExecutor(1), on_event=lambda event: begun.set()
)
begun.wait()
child = os.fork()
if not child:
    os.closerange(1, 3)
    os.read(int(sys.argv[1]), 1)
    os._exit(0)
print(child, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
""")
    awaited, release = os.pipe()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), WITNESS: str(tmp_path / "witness")}
    command = [sys.executable, "script.py", str(awaited)]
    try:
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, pass_fds=[awaited], stdout=subprocess.PIPE, text=True
        ) as process:
            output = process.communicate(timeout=TIMEOUT / 2)[0]
        os.kill(int(output), 0)  # the child is still there
    finally:
        os.close(awaited)
        os.close(release)
