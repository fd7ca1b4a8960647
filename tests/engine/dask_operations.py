"""Operations for sweeps on a Dask cluster; a module of its own, since workers import it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store.file import ExperimentStore, FileStoreSpec

OTHER_MACHINE = "DASK_OTHER_MACHINE"  # the variable that a worker has on another machine, so to speak
THERE = "-there"
SECONDS = 120.0  # against a hang


class OtherPlace(ExperimentStore):
    """A store whose path means another folder on another machine."""

    def spec(self) -> FileStoreSpec:
        return OtherPlaceSpec(self.path, self.experiment_id)


class OtherPlaceSpec(FileStoreSpec):
    """Its specification."""

    def open(self) -> ExperimentStore:
        return OtherPlace(f"{self.path}{THERE if OTHER_MACHINE in os.environ else ''}", self.experiment_id)


def until(path: Path, exists: bool = True) -> None:
    """Wait for a file, or for its end."""
    latest = time.monotonic() + SECONDS
    while path.exists() != exists:
        assert time.monotonic() < latest, path
        time.sleep(0.01)


@metalab.operation
def ends(params, capture):
    """End as the parameters say."""
    how = params.get("how")
    if how == "exit":
        os._exit(7)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "raise":
        raise ValueError("asked for")
    capture.metric("n", params["n"])
    capture.metric("process", os.getpid())
    capture.artifact("variable", os.environ.get("DASK_SAMPLE", "none"))


@metalab.operation
def meets(params, capture):
    """Wait, if there is a `folder`, until another run of the pair has begun; each run leaves a line of its own."""
    folder = Path(params["folder"])
    with (folder / "executions").open("a") as file:
        file.write(f"{params['n']}\n")
    if "other" in params:
        (folder / str(params["n"])).touch()
        until(folder / str(params["other"]))
    capture.metric("n", params["n"])


@metalab.operation
def waits(params, runtime, capture):
    """Wait for the file `go`, or until cancelled."""
    folder = Path(params["folder"])
    with (folder / "executions").open("a") as file:
        file.write(f"{params['n']}\n")
    mark = folder / f"began-{params['n']}"
    mark.with_suffix(".new").write_text(f"{os.getpid()} {os.getppid()}")
    mark.with_suffix(".new").rename(mark)
    latest = time.monotonic() + SECONDS
    while not (folder / "go").exists():
        runtime.check_cancelled()
        assert time.monotonic() < latest
        time.sleep(0.01)
    capture.metric("n", params["n"])


@metalab.operation
def holds_a_sweep(context, params, capture):
    """Run a sweep of its own on the same cluster."""
    inner = metalab.Experiment(f"inner {params['n']}", "1", None, ends, metalab.manual([{"n": 1}]), metalab.seeds())
    executor = metalab.DaskExecutor(context["address"])
    (run,) = metalab.run(inner, store=context["store"], executor=executor).result(SECONDS)
    capture.metric("n", run.metrics["n"])


def experiment(operation: Any, cases: list[dict[str, Any]], context: Any = None) -> metalab.Experiment:
    """Make an experiment of an operation above."""
    return metalab.Experiment("on dask", "1", context, operation, metalab.manual(cases), metalab.seeds())
