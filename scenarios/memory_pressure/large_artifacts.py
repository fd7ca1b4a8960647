"""Drive large artifacts in a child process, and measure what memory they take there."""

from __future__ import annotations

import gc
import resource
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pytest_optbench.benchmark.operation import optbench
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.errors import TargetRaisedError
from pytest_optbench.stress.measure.limits import largest
from pytest_optbench.stress.measure.measure import virtual_bytes
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target import RunOptions, StoredRun, Summary, digest, load_target
from pytest_optbench.workloads.basic import noop
from pytest_optbench.workloads.workload import WorkloadRun, workload

MIB = 1 << 20
RESOLUTION = 1.25  # a finer search would tell less of the runner than of the layout of its memory
EVALUATIONS = 300  # of an optimizer whose memory is measured: it is its positions that take room
KINDS = ("numpy", "npz", "file")
_TARGET = load_target()


@dataclass(frozen=True)
class LargeArtifacts:
    """A sweep of large artifacts: one run for each of `sizes` in bytes, all of one kind.

    `store`, `witness` and `session` say where it runs and who watches, `workers` how many threads.
    """

    store: str
    witness: str
    session: str
    sizes: Sequence[int]
    kind: str = "numpy"
    workers: int = 1

    def params(self) -> list[dict[str, Any]]:
        """The parameters of each run."""
        return [{"size": size, "number": n, "kind": self.kind} for n, size in enumerate(self.sizes)]

    def planned_sweep(self) -> PlannedSweep:
        """Return the sweep to execute."""
        return PlannedSweep("blobs", large_artifact, self.params())

    def run(self) -> Summary:
        """Drive it in this process."""
        return _drive(self.planned_sweep(), self.store, self.witness, self.session, self.workers)


@workload("blob", "runtime")
def large_artifact(run: WorkloadRun) -> None:
    """Capture one artifact of `params["size"]` bytes of noise: an array, two arrays, or a file."""
    params = run.params
    run.capture_metrics()
    rng, count = run.seeds.numpy("blob"), params["size"] // 8
    if params["kind"] == "file":
        path = _written(Path(run.runtime.scratch_dir) / "blob.bin", rng, params["size"])
        run.produced.artifacts["blob"] = digest(path)
        run.capture.file("blob", path)
        return
    halves = count // 2
    value = rng.random(count) if params["kind"] == "numpy" else {"x": rng.random(halves), "y": rng.random(halves)}
    run.produced.artifacts["blob"] = digest(value)
    run.capture.artifact("blob", value, kind="numpy")


def measure_artifacts(sweeps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Execute sweeps (fields of `LargeArtifacts`) one after the other; for a child process.

    Returns for each the `peak` of traced memory while it ran and what is `left` after it, in bytes above what there
    was before, with its `error` and `seconds`. Traced memory is counted by Python's allocators and repeats exactly.
    """
    chosen = [LargeArtifacts(**fields) for fields in sweeps]
    _warm_up(chosen[0])
    return [
        _measure(sweep.planned_sweep(), sweep.store, sweep.witness, sweep.session, sweep.workers) for sweep in chosen
    ]


def noop_sweep(runs: int) -> PlannedSweep:
    """Return a sweep of `runs` runs that do nothing, with its own experiment."""
    return PlannedSweep(f"noops-{runs}", noop, [{"run": run} for run in range(runs)])


def measure_noops(places: Sequence[tuple[str, str, str]], sweeps: Sequence[int]) -> list[dict[str, Any]]:
    """Drive sweeps of so many runs that do nothing, each at its place (store, witness, session); for a child process.

    Memory is measured as by `measure_blobs`.

    Raises:
        TargetRaisedError: one of them raised.
    """
    store, witness, session = places[0]
    warm = PlannedSweep("warm", noop, [{"run": run} for run in range(3)])
    _drive(warm, f"{store}-warm", f"{witness}-warm", session, 1).raise_for_error()
    measured = [_measure(noop_sweep(runs), *ctx, 1) for runs, ctx in zip(sweeps, places, strict=True)]
    if errors := [sweep["error"] for sweep in measured if sweep["error"] is not None]:
        raise TargetRaisedError(f"it raised {errors[0]}")
    return measured


def dimension_sweep(dims: Sequence[int]) -> PlannedSweep:
    """One optimizer run of few evaluations in each dimension."""
    fixed = {"algorithm": "random_search", "problem": "sphere", "strategy": "uniform", "budget": EVALUATIONS}
    return PlannedSweep("dimensions", optbench, [{**fixed, "dim": dim} for dim in dims])


def measure_dimensions(store: str, witness: str, session: str, dims: Sequence[int]) -> list[dict[str, Any]]:
    """Execute one optimizer run in each dimension, one after the other in one store; for a child process."""
    _drive(dimension_sweep([2]), f"{store}-warm", f"{witness}-warm", session, 1).raise_for_error()
    return [_measure(dimension_sweep([dim]), store, witness, session, 1) for dim in dims]


def drive_limited(sweep: Mapping[str, Any], headroom: int) -> dict[str, Any]:
    """Drive a sweep with `headroom` bytes of address space above what a warm process has; for a child process."""
    blobs = LargeArtifacts(**sweep)
    _warm_up(blobs)
    limit_memory(headroom)
    return _summary_fields(blobs.run())


def search_limited(sweep: Mapping[str, Any], headroom: int, budget: float) -> dict[str, Any]:
    """Search the largest artifact, in MiB, of a run that completes within `headroom`; for a child process.

    The sweep of each size has its own store, named with the size.
    """
    blobs = LargeArtifacts(**sweep)
    _warm_up(blobs)
    limit_memory(headroom)

    def probe(mib: int) -> tuple[float, bool]:
        artifacts = LargeArtifacts(f"{blobs.store}-{mib}", blobs.witness, blobs.session, [mib * MIB], blobs.kind)
        return mib, artifacts.run().completed == 1

    top = headroom // MIB
    return asdict(largest(probe, start=max(1, top // 8), ceiling=top, budget=budget, resolution=RESOLUTION))


def limit_memory(headroom: int) -> None:
    """Limit this process to the address space that it has now and `headroom` bytes more."""
    gc.collect()
    resource.setrlimit(resource.RLIMIT_AS, (virtual_bytes() + headroom, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _warm_up(blobs: LargeArtifacts) -> None:
    """Run once what is measured later: imports, caches and threads are no cost of an artifact."""
    LargeArtifacts(
        f"{blobs.store}-warm", f"{blobs.witness}-warm", blobs.session, [MIB], blobs.kind, blobs.workers
    ).run().raise_for_error()


def _measure(planned_sweep: PlannedSweep, store: str, witness: str, session: str, workers: int) -> dict[str, Any]:
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        fields = _summary_fields(_drive(planned_sweep, store, witness, session, workers))
        peak = tracemalloc.get_traced_memory()[1] - before
        gc.collect()
        left = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    return {**fields, "peak": peak, "left": left}


def _drive(planned_sweep: PlannedSweep, store: str, witness: str, session: str, workers: int) -> Summary:
    with witnessing(witness, session):
        return _TARGET.attempt(planned_sweep.experiment(_TARGET), RunOptions(store, workers=workers))


def _summary_fields(summary: Summary) -> dict[str, Any]:
    return {"error": summary.error, "seconds": summary.seconds}


def _written(path: Path, rng: np.random.Generator, size: int) -> Path:
    """A file of noise, a mebibyte at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            file.write(rng.bytes(min(MIB, size - start)))
    return path


def only_run(store: str, planned_sweep: PlannedSweep) -> StoredRun | None:
    """Return the record of a sweep of one run; None where the store does not hold it."""
    target = load_target()
    runs = target.read(store, planned_sweep.experiment(target)).runs if Path(store).is_dir() else ()
    return next(iter(runs), None)
