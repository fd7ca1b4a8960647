"""Operations that capture stepped metrics: points of many shapes, values that are no numbers, unwitnessed points."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, witnessing
from pytest_optbench.target import RunOptions, load_target
from pytest_optbench.target.dialect import ExecutorKind
from pytest_optbench.text import printable
from pytest_optbench.workloads.workload import WorkloadRun, workload

Point = tuple[str, Any, Any]  # name, step, value
Shape = Callable[[int, np.random.Generator], Iterator[Point]]
LONGEST = 60.0  # seconds that an operation waits to be killed; then it continues
REFUSAL = "refusal"  # the metric that holds the error of a refused value
SERIES = "loss"
ODD_NAMES = ("train/loss", "loss.json", "caf\u00e9", "a b", "..", "status", "run_id", "_", "loss[0]", "x" * 200)
NOT_FINITE = (float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, 1.7976931348623157e308)
# Values that a stepped metric need not keep: each is refused by name, or reads back as it was captured.
BAD: Mapping[str, Any] = {
    "a text": "not a number",
    "None": None,
    "a complex number": 1j,
    "an object": object,
    "a list": [1.0, 2.0],
    "an array": np.array([1.0, 2.0]),
    "bytes": b"\0",
    "a number beyond floats": 2**70 + 1,
}
_TARGET = load_target()


def _in_order(count: int, rng: np.random.Generator) -> Iterator[Point]:
    return zip([SERIES] * count, range(count), rng.random(count).tolist(), strict=True)


def _several_names(count: int, rng: np.random.Generator) -> Iterator[Point]:
    return ((f"metric_{index % 8}", index // 8, value) for index, value in enumerate(rng.random(count).tolist()))


def _repeated_steps(count: int, rng: np.random.Generator) -> Iterator[Point]:
    return ((SERIES, index // 4, value) for index, value in enumerate(rng.random(count).tolist()))


def _shuffled_steps(count: int, rng: np.random.Generator) -> Iterator[Point]:
    return zip([SERIES] * count, rng.permutation(count).tolist(), rng.random(count).tolist(), strict=True)


def _shuffled_and_repeated(count: int, rng: np.random.Generator) -> Iterator[Point]:
    steps = rng.integers(0, count // 3 + 1, count).tolist()
    return zip([SERIES] * count, steps, rng.random(count).tolist(), strict=True)


def _wide_steps(count: int, rng: np.random.Generator) -> Iterator[Point]:
    edges = (-(2**53), -1, 0, 2**31, 2**32, 2**53)
    return ((SERIES, edges[index % 6] + index, value) for index, value in enumerate(rng.random(count).tolist()))


def _whole_values(count: int, rng: np.random.Generator) -> Iterator[Point]:
    return ((SERIES, index, value) for index, value in enumerate(rng.integers(-(2**53), 2**53, count).tolist()))


def _not_finite(count: int, rng: np.random.Generator) -> Iterator[Point]:
    values = rng.random(count).tolist()
    return ((SERIES, index, NOT_FINITE[index % 7] if index % 7 < 6 else value) for index, value in enumerate(values))


def _numpy_scalars(count: int, rng: np.random.Generator) -> Iterator[Point]:
    types = {"float64": np.float64, "float32": np.float32, "int64": np.int64, "float16": np.float16}
    for index, value in enumerate(rng.integers(-1000, 1000, count)):
        name, kind = list(types.items())[index % 4]
        yield name, np.int64(index), kind(value)


def _odd_names(count: int, rng: np.random.Generator) -> Iterator[Point]:
    return ((ODD_NAMES[index % len(ODD_NAMES)], index, value) for index, value in enumerate(rng.random(count).tolist()))


PLAIN: Mapping[str, Shape] = {
    "in order": _in_order,
    "several names": _several_names,
    "repeated steps": _repeated_steps,
    "shuffled steps": _shuffled_steps,
    "shuffled and repeated": _shuffled_and_repeated,
    "wide steps": _wide_steps,
    "whole values": _whole_values,
}
SHAPES: Mapping[str, Shape] = {
    **PLAIN,
    "not finite": _not_finite,
    "numpy scalars": _numpy_scalars,
    "odd names": _odd_names,
}


@workload("stepping")
def stepping(run: WorkloadRun) -> None:
    """Capture `params["points"]` points of `params["shape"]`.

    With `fail` it raises before that point; with `hold`, a path, it creates that file halfway and waits to be killed,
    unless the file exists already.
    """
    params = run.params
    run.capture_metrics()
    count = params["points"]
    for index, (name, step, value) in enumerate(SHAPES[params["shape"]](count, run.seeds.numpy("points"))):
        if index == params.get("fail"):
            raise RuntimeError(f"fails before point {index}, as it is meant to")
        if "hold" in params and index == count // 2:
            _wait_to_be_killed(Path(params["hold"]))
        run.capture.metric(name, value, step=step)
        run.produced.series.setdefault(name, []).append((int(step), float(value)))


@workload("one_bad_point")
def one_bad_point(run: WorkloadRun) -> None:
    """Capture `params["points"]` whole numbers, and the value of `BAD` named `params["bad"]` in their middle."""
    params = run.params
    run.capture_metrics()
    for index in range(params["points"]):
        if index == params["points"] // 2:
            try:
                run.capture.metric(SERIES, BAD[params["bad"]], step=index)
            except Exception as error:  # noqa: BLE001 - a target refuses by an exception of its own
                run.produced.metrics[REFUSAL] = printable(f"{type(error).__name__}: {error}")[:500]
                run.capture.metric(REFUSAL, run.produced.metrics[REFUSAL])
        run.capture.metric(SERIES, float(index), step=index)


@_TARGET.operation(name="fast_points")
def fast_points(params: Any, capture: Any) -> None:
    """Capture `params["points"]` points without a witness, which would cost as much as capturing."""
    capture.metric(WITNESS_METRIC, "fast_points")
    value = 1.0
    for step in range(params["points"]):
        value *= 0.999
        capture.metric(SERIES, value, step=step)


def _wait_to_be_killed(path: Path) -> None:
    if path.exists():
        return
    path.touch()
    time.sleep(LONGEST)


def drive_in_child(store: str, witness: str, executor: ExecutorKind, params: Mapping[str, Any]) -> int:
    """Run one case of `stepping` in this process, which may be killed; returns the number of completed runs."""
    planned_sweep = PlannedSweep("killed", stepping, [params])
    with witnessing(witness):
        return _TARGET.run(planned_sweep.experiment(_TARGET), RunOptions(store, executor)).completed
