"""Any executor of the protocol does: sweeps on a pool of futures, as `dask.distributed` offers one."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from futures_executor import FuturesExecutor

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import FileStore


@metalab.operation
def square(context, params, capture):
    if params["x"] == context["dies"]:
        os._exit(7)
    if params["x"] == context["fails"]:
        raise ValueError("odd one out")
    capture.metric("square", params["x"] ** 2)
    capture.metric("process", os.getpid())


def experiment(name: str = "squares", fails: int = -1, dies: int = -1) -> metalab.Experiment:
    context = {"fails": fails, "dies": dies}
    return metalab.Experiment(name, "1", context, square, metalab.grid(x=range(20)), metalab.seeds())


@pytest.fixture(params=[ThreadPoolExecutor, ProcessPoolExecutor])
def pool(request: pytest.FixtureRequest) -> Iterator[Executor]:
    more: dict[str, Any] = {}
    if request.param is ProcessPoolExecutor:
        more["mp_context"] = multiprocessing.get_context("spawn")
    with request.param(2, **more) as opened:
        yield opened


def test_a_sweep_on_a_pool_is_stored_and_resumed(tmp_path: Path, pool: Executor) -> None:
    executor = FuturesExecutor(pool, 2)
    first = metalab.run(experiment(fails=7), store=str(tmp_path), executor=executor)
    assert [run.status for run in first.result()].count("failed") == 1
    second = metalab.run(experiment(fails=7), store=str(tmp_path), executor=executor)
    results = second.result()
    assert (second.status.skipped, second.status.failed) == (19, 1)
    assert [run.metrics.get("square") for run in results] == [x * x if x != 7 else None for x in range(20)]
    inside = {run.metrics["process"] for run in results.successful}
    assert (os.getpid() in inside) == isinstance(pool, ThreadPoolExecutor)


def test_two_sweeps_at_once_do_not_mix(tmp_path: Path, pool: Executor) -> None:
    executor = FuturesExecutor(pool, 2)
    handles = [metalab.run(experiment(name), store=str(tmp_path), executor=executor) for name in ("one", "two")]
    assert [len(handle.result().successful) for handle in handles] == [20, 20]
    assert FileStore(tmp_path).check() == []
    assert sorted(FileStore(tmp_path).experiment_ids()) == ["one:1", "two:1"]


def test_a_pool_that_breaks_leaves_a_record_of_every_run(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        handle = metalab.run(experiment(dies=3), store=str(tmp_path), executor=FuturesExecutor(pool, 1))
        with pytest.raises(Exception, match="process pool"):
            handle.result()
    stored = {record.params_resolved["x"]: record for record in FileStore(tmp_path).list_run_records()}
    assert [stored[x].status for x in range(3)] == ["success"] * 3
    assert stored[3].error is not None
    assert stored[3].status == "failed"
