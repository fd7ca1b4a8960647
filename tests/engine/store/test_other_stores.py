"""Any store of the protocol does: whole sweeps on a database, with every executor, as on the file store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sql_stores import EXPERIMENT, new_database, opened
from sqlite_store import SqliteStore

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import ExperimentStore, FileStore, Store
from pytest_optbench.errors import InvalidInputError

STORES = {
    "files": lambda root, _: FileStore(root).experiment(EXPERIMENT),
    "least": lambda root, _: SqliteStore(f"{root}/runs.sqlite", EXPERIMENT),  # no more than the protocol asks for
    "sqlite": lambda root, request: opened(new_database("sqlite", root, request)),
    "postgresql": lambda root, request: opened(new_database("postgresql", root, request)),
}
EXECUTORS = {
    "inline": metalab.InlineExecutor,
    "threads": lambda: metalab.ThreadExecutor(3),
    "processes": lambda: metalab.ProcessExecutor(2),
    "dask": lambda: metalab.DaskExecutor(max_workers=2),
}
HOLD = """
import sys
from sql_stores import EXPERIMENT, new_database, opened
from sqlite_store import SqliteStore
store = SqliteStore(sys.argv[1], "all kinds:1")
assert store.claim(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@metalab.operation
def all_kinds(context, params, seeds, runtime, capture):
    x = params["x"]
    if x == 3 and not Path(context["mended"]).exists():
        capture.artifact("half", x)
        raise ValueError("three")
    capture.metric("twice", 2 * x)
    for step in range(10):
        capture.metric("loss", x / (1 + step), step=step)
    capture.artifact("array", np.full(1000, x))
    capture.artifact("json", {"x": (x, None)})
    capture.log(f"x is {x}")


def experiment(tmp_path: Path) -> metalab.Experiment:
    context = {"mended": str(tmp_path / "mended")}
    return metalab.Experiment("all kinds", "1", context, all_kinds, metalab.grid(x=range(6)), metalab.seeds())


@pytest.fixture(params=STORES)
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    store = STORES[request.param](tmp_path, request)
    yield store
    store.close()


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_sweep_fails_is_mended_and_resumes(tmp_path: Path, store: Any, executor: str) -> None:
    first = metalab.run(experiment(tmp_path), store=store, executor=EXECUTORS[executor]())
    assert [run.status for run in first.result()] == [*["success"] * 3, "failed", *["success"] * 2]
    (tmp_path / "mended").touch()
    second = metalab.run(experiment(tmp_path), store=store, executor=EXECUTORS[executor]())
    results = second.result()
    assert (second.status.skipped, second.status.completed) == (5, 1)
    assert [run.metrics["twice"] for run in results] == [0, 2, 4, 6, 8, 10]
    for x, run in enumerate(results):
        assert [artifact.name for artifact in run.artifacts()] == ["array", "json"]
        np.testing.assert_array_equal(run.artifact("array"), np.full(1000, x))
        assert run.artifact("json") == {"x": (x, None)}
        assert run.series("loss")[1].tolist() == [x / (1 + step) for step in range(10)]
        assert run.log.endswith(f"x is {x}\n")
    assert store.check() == []
    assert len(metalab.load_results(store).to_dataframe()) == 6


def test_both_are_stores_by_the_protocol(store: Any) -> None:
    assert isinstance(store, Store)
    assert not isinstance(FileStore("anywhere"), Store)


def test_an_open_store_of_another_experiment_is_refused(tmp_path: Path, store: Any) -> None:
    other = metalab.Experiment("other", "1", None, all_kinds, metalab.grid(x=[1]), metalab.seeds())
    with pytest.raises(InvalidInputError, match="other:1"):
        metalab.run(other, store=store)


def test_a_claim_on_a_database_ends_with_its_process(tmp_path: Path) -> None:
    database, run_id = f"{tmp_path}/runs.sqlite", "0" * 32
    store = SqliteStore(database, "all kinds:1")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, database, run_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)])},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert not store.claim(run_id)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert store.claim(run_id)
    store.close()


def open_files(below: Path) -> list[str]:
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(descriptor.readlink()))
        except FileNotFoundError:  # the folder's own
            continue
    return [path for path in found if path.startswith(str(below))]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_sweep_that_is_over_holds_no_file_open(tmp_path: Path, executor: str) -> None:
    how = {"store": str(tmp_path / "store"), "executor": EXECUTORS[executor]()}
    handle = metalab.run(experiment(tmp_path), **how, derived_metrics={"one": lambda run: 1})
    results = handle.result()
    assert results[1].derived == {"one": 1}
    assert results[1].artifact("json") == {"x": (1, None)}
    assert open_files(tmp_path) == []
    assert isinstance(FileStore(tmp_path / "store").experiment("all kinds:1"), ExperimentStore)
