"""Operations that capture stepped metrics: points of many shapes, values that are no numbers, and ones in a hurry."""

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
HELD = 60.0  # seconds that a held operation waits to be killed; then it goes on
REFUSAL = "refusal"  # the metric that holds the error of a refused value
SERIES = "loss"
ODD_NAMES = ("train/loss", "loss.json", "caf\u00e9", "a b", "..", "status", "run_id", "_", "loss[0]", "x" * 200)
NOT_FINITE = (float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, 1.7976931348623157e308)
# What a stepped metric can hardly be asked to keep: it is refused by name, or it reads back as it was.
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

    With `fail` it raises before that point; with `hold`, a path, it makes that file halfway and waits to be killed,
    unless the file is there already.
    """
    params = run.params
    run.capture_metrics()
    count = params["points"]
    for index, (name, step, value) in enumerate(SHAPES[params["shape"]](count, run.seeds.numpy("points"))):
        if index == params.get("fail"):
            raise RuntimeError(f"fails before point {index}, as it is meant to")
        if "hold" in params and index == count // 2:
            _hold(Path(params["hold"]))
        run.capture.metric(name, value, step=step)
        run.produced.series.setdefault(name, []).append((int(step), float(value)))


@workload("one_bad_point")
def one_bad_point(run: WorkloadRun) -> None:
    """Capture `params["points"]` whole numbers, and in their middle the value of `BAD` that `params["bad"]` names."""
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
    """Capture `params["points"]` points and do nothing else: no witness of them, which would cost as much."""
    capture.metric(WITNESS_METRIC, "fast_points")
    value = 1.0
    for step in range(params["points"]):
        value *= 0.999
        capture.metric(SERIES, value, step=step)


def _hold(path: Path) -> None:
    if path.exists():
        return
    path.touch()
    time.sleep(HELD)


def drive_in_child(store: str, witness: str, executor: ExecutorKind, params: Mapping[str, Any]) -> int:
    """Run one case of `stepping` in a process of its own that may be killed; returns how many runs completed."""
    planned_sweep = PlannedSweep("killed", stepping, [params])
    with witnessing(witness):
        return _TARGET.run(planned_sweep.experiment(_TARGET), RunOptions(store, executor)).completed
