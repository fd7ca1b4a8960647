"""What a sweep will cost, told before it runs: counts exactly, time and bytes from a short calibration."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from pytest_optbench.core import optimize, problem

from . import spaces
from .operation import NOT_FOR_OPTIMIZERS, produce
from .resolver import resolve
from .sweep import Sweep

SAMPLE = 400  # cases whose budgets speak for all
CALIBRATION_BUDGET = 400  # evaluations that time one algorithm


@dataclass(frozen=True)
class Estimate:
    """Seconds of optimizing on one worker and bytes stored, without any cost of the runner itself."""

    seconds: float
    stored_bytes: float


def estimate(sweep: Sweep) -> Estimate:
    """Estimate a whole sweep from the budgets of a sample and the measured cost of an evaluation."""
    cases = [resolve({}, case.params) for case in sweep.space.sample(min(SAMPLE, sweep.space.size), seed=1)]
    by_algorithm = {params["algorithm"]: params for params in cases}
    cost = {name: _seconds_per_evaluation(params) for name, params in by_algorithm.items()}
    size = {name: _bytes_of_a_run(params) for name, params in by_algorithm.items()}
    seconds = fmean(params["budget"] * cost[params["algorithm"]] for params in cases)
    stored = fmean(size[params["algorithm"]] for params in cases)
    return Estimate(seconds * sweep.runs, stored * sweep.runs)


def explain(sweep: Sweep, naive: int | None = None) -> str:
    """Describe a sweep: counts by branch times replicates, the naive product beside it, time and bytes."""
    return "\n".join(_lines(sweep, naive))


def explain_intensity(intensity: str) -> str:
    """Describe the sweep of an intensity beside the naive product of its axes."""
    return explain(Sweep.at(intensity), spaces.naive(intensity).size)


def _lines(sweep: Sweep, naive: int | None) -> Iterator[str]:
    for branch in sweep.space.branches():
        yield f"{branch.label:<30}{branch.size:>12,} x {sweep.replicates} = {branch.size * sweep.replicates:>12,}"
    yield f"{'composed':<30}{sweep.space.size:>12,} x {sweep.replicates} = {sweep.runs:>12,} runs"
    if naive is not None:
        yield f"naive product of the same axes: {naive:,} ({naive / sweep.space.size:,.0f} times as many)"
    cost = estimate(sweep)
    yield (
        f"estimated from a short calibration here: {_duration(cost.seconds)} of optimizing on one worker, "
        f"{_size(cost.stored_bytes)} stored"
    )


def _seconds_per_evaluation(params: Mapping[str, Any]) -> float:
    own = {name: value for name, value in params.items() if name not in NOT_FOR_OPTIMIZERS}
    target = problem(params["problem"], params["dim"])
    began = time.perf_counter()
    result = optimize(params["algorithm"], target, CALIBRATION_BUDGET, np.random.default_rng(0), **own)
    return (time.perf_counter() - began) / result.evaluations


def _bytes_of_a_run(params: Mapping[str, Any]) -> float:
    short = {**params, "budget": CALIBRATION_BUDGET}
    made = produce(short, np.random.default_rng(0), np.random.default_rng(1))
    return float(sum(_stored(value) for value in made.artifacts.values()) + len(made.report) + 16 * len(made.objective))


def _stored(value: Mapping[str, Any]) -> int:
    if not all(isinstance(part, np.ndarray) for part in value.values()):
        return len(json.dumps(value))
    packed = io.BytesIO()
    np.savez(packed, **value)
    return packed.tell()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:,.0f} h"


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} TB"
