"""Runs on a Dask cluster: the same as in processes, and a lost Dask worker or scheduler loses nothing that was done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dask_operations import (
    OTHER_MACHINE,
    SECONDS,
    THERE,
    OtherPlace,
    ends,
    experiment,
    holds_a_sweep,
    meets,
    until,
    waits,
)

import pytest_optbench.engine as metalab
from pytest_optbench.engine.executors.dask.batches import BatchSize
from pytest_optbench.engine.store import FileStore
from pytest_optbench.engine.store.file import ExperimentStore
from pytest_optbench.errors import WorkerError

distributed = pytest.importorskip("distributed")
STARTS = """
import sys, distributed
if __name__ == "__main__":
    where = {"dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(n_workers=int(sys.argv[1]), threads_per_worker=1, **where) as it:
        print(it.scheduler_address, flush=True)
        sys.stdin.read()
"""
SCRIPT = """
import sys, time
import pytest_optbench.engine as metalab

@metalab.operation
def mine(params, capture):
    time.sleep(params["seconds"])
    capture.metric("n", params["n"])

if __name__ == "__main__":
    cases = metalab.manual([{"n": n, "seconds": float(sys.argv[2])} for n in range(4)])
    sweep = metalab.Experiment("left", "1", None, mine, cases, metalab.seeds())
    handle = metalab.run(sweep, store=sys.argv[1], executor=metalab.DaskExecutor(max_workers=2))
"""


@dataclass
class Cluster:
    """A cluster in processes of its own, which can be killed."""

    address: str
    process: subprocess.Popen[bytes]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    script = Path(__file__).parent / "dask_operations.py"  # its folder is where the workers find the operations
    environment = {
        **os.environ,
        OTHER_MACHINE: "yes",
        "PYTHONPATH": os.pathsep.join([str(script.parent), *filter(None, sys.path)]),
    }
    with subprocess.Popen(
        [sys.executable, "-c", STARTS, "2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        yield Cluster(process.stdout.readline().decode().strip(), process)
        process.kill()


def statuses(results: Any) -> Counter[str]:
    return Counter(str(run.status) for run in results)


def test_runs_end_as_in_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_SAMPLE", "taken along")
    how = {3: "exit", 5: "kill", 7: "raise"}
    cases = [{"n": n, **({"how": how[n]} if n in how else {})} for n in range(30)]
    seen: Counter[str] = Counter()
    handle = metalab.run(
        experiment(ends, cases),
        store=tmp_path,
        executor=metalab.DaskExecutor(max_workers=2),
        on_event=lambda event: seen.update([event.kind.value]),
    )
    results = handle.result(SECONDS)
    assert {run.params["n"]: run.error["type"] for run in results.failed} == {
        3: "WorkerDied",
        5: "WorkerDied",
        7: "ValueError",
    }
    assert [run.params["n"] for run in results.successful] == [n for n in range(30) if n not in how]
    assert {run.artifact("variable") for run in results.successful} == {"taken along"}, "the processes are our own"
    assert os.getpid() not in {run.metrics["process"] for run in results.successful}
    assert (handle.status.completed, handle.status.failed, handle.status.running) == (27, 3, 0)
    assert (seen["run_started"], seen["run_finished"], seen["run_failed"]) == (30, 27, 3)
    assert FileStore(tmp_path).check() == []


def test_two_runs_of_one_batch_that_wait_for_each_other_both_run(tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = [{"n": n, "folder": str(tmp_path)} for n in range(80)]
    cases += [{"n": n, "other": other, "folder": str(tmp_path)} for n, other in ((100, 101), (101, 100))]
    cases += [{"n": n, "folder": str(tmp_path)} for n in range(200, 210)]
    executor = metalab.DaskExecutor(max_workers=2)
    handle = metalab.run(experiment(meets, cases), store=tmp_path / "s", executor=executor)
    assert len(handle.result(SECONDS).successful) == len(cases)
    assert len((tmp_path / "executions").read_text().split()) == len(cases), "none is executed twice"


def test_a_batch_is_as_long_as_it_is_to_take_and_no_longer_than_its_share() -> None:
    size = BatchSize()
    assert size.next(None, 4) == 1
    for _ in range(10):
        size.learn(size.next(None, 4), size.next(None, 4) * 0.01)
    assert size.next(None, 4) == 25
    assert size.next(40, 4) == 5
    assert size.next(0, 4) == 1
    size.learn(25, 50.0)
    assert size.next(None, 4) == 1


def test_cancelling_ends_what_is_under_way_and_starts_no_more(tmp_path: Path) -> None:
    cases = [{"n": n, "folder": str(tmp_path)} for n in range(20)]
    handle = metalab.run(experiment(waits, cases), store=tmp_path / "s", executor=metalab.DaskExecutor(max_workers=2))
    until(tmp_path / "began-0")
    until(tmp_path / "began-1")
    handle.cancel()
    assert statuses(handle.result(SECONDS)) == {"cancelled": 2}
    (tmp_path / "go").touch()
    again = metalab.run(experiment(waits, cases), store=tmp_path / "s", executor=metalab.DaskExecutor(max_workers=2))
    assert statuses(again.result(SECONDS)) == {"success": 20}


def test_a_cluster_of_its_own_processes_bears_nested_sweeps_losses_and_its_end(
    tmp_path: Path, cluster: Cluster
) -> None:
    """Nested sweeps, a Dask worker that is killed, another store under the same path, a scheduler that is killed."""
    executor = metalab.DaskExecutor(cluster.address)
    context = {"address": cluster.address, "store": str(tmp_path / "inner")}
    outer = experiment(holds_a_sweep, [{"n": n} for n in range(2)], context)
    assert statuses(metalab.run(outer, store=tmp_path / "outer", executor=executor).result(SECONDS)) == {"success": 2}

    cases = [{"n": n, "folder": str(tmp_path)} for n in range(6)]
    handle = metalab.run(experiment(waits, cases), store=tmp_path / "s", executor=executor)
    until(tmp_path / "began-0")
    until(tmp_path / "began-1")
    process, dask_worker = map(int, (tmp_path / "began-1").read_text().split())
    os.kill(dask_worker, signal.SIGKILL)
    until(Path(f"/proc/{process}"), exists=False)
    (tmp_path / "go").touch()
    assert statuses(handle.result(SECONDS)) == {"success": 6}
    executions = Counter((tmp_path / "executions").read_text().split())
    assert sum(executions.values()) == 7, "one run was on the Dask worker that was killed, and no other is done again"

    elsewhere = OtherPlace(tmp_path / "elsewhere", "on dask:1")
    ExperimentStore(f"{elsewhere.path}{THERE}", "on dask:1").set_up()
    with pytest.raises(WorkerError, match="is another one"):
        metalab.run(experiment(ends, [{"n": 1}]), store=elsewhere, executor=executor).result(SECONDS)

    (tmp_path / "go").unlink()
    more = [{"n": n, "folder": str(tmp_path)} for n in range(10, 14)]
    handle = metalab.run(experiment(waits, more), store=tmp_path / "t", executor=executor)
    until(tmp_path / "began-10")
    cluster.process.kill()
    with pytest.raises(WorkerError, match="does not answer any more"):
        handle.result(SECONDS)
    (tmp_path / "go").touch()
    local = metalab.DaskExecutor(max_workers=2)
    again = metalab.run(experiment(waits, more), store=tmp_path / "t", executor=local)
    assert statuses(again.result(SECONDS)) == {"success": 4}


def test_nothing_is_left_after_the_end_of_a_script_and_after_an_interrupt(tmp_path: Path) -> None:
    (tmp_path / "a script.py").write_text(SCRIPT)
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    def start(store: str, seconds: float) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(tmp_path / "a script.py"), store, str(seconds)]
        return subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True)

    with start("ends", 0.0) as process:
        assert process.wait(SECONDS) == 0
    assert len(metalab.load_results(tmp_path / "ends").successful) == 4, "the interpreter waits for the sweep"
    with start("interrupted", 0.3) as process:
        store = FileStore(tmp_path / "interrupted").experiment("left:1")
        while not list(store.run_ids()):
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        process.wait(SECONDS)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("optbench-dask")] == []


def test_a_missing_dask_and_a_scheduler_that_is_not_there_are_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = experiment(ends, [{"n": 1}])
    monkeypatch.setattr("pytest_optbench.engine.executors.dask.cluster.CONNECT_SECONDS", 0.2)
    with pytest.raises(WorkerError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1 .*dask scheduler"):
        metalab.run(sweep, store=tmp_path, executor=metalab.DaskExecutor("tcp://127.0.0.1:1"))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkerError, match=r"pip install 'pytest-optbench\[dask\]'"):
        metalab.run(sweep, store=tmp_path, executor=metalab.DaskExecutor())


def test_what_dask_needs_is_loaded_with_its_first_sweep_alone() -> None:
    code = "import sys, pytest_optbench.engine as m; m.DaskExecutor('tcp://x'); print('asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
