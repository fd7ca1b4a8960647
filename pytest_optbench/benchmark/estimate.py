"""Estimate the cost of sweeps before they run: exact counts, time from a short calibration, bytes by their files.

Bytes are those that the embedded engine writes: the content of files, and the blocks that a disk allocates for them.
metalab writes as many to within a third.
"""

from __future__ import annotations

import io
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_optbench.errors import InvalidInputError, UnknownNameError
from pytest_optbench.optimizers import optimize, problem
from pytest_optbench.text import duration, size

from . import spaces
from .operation import NOT_FOR_OPTIMIZERS, produce
from .resolver import resolve
from .sweep import Sweep

SAMPLE = 400  # cases whose budgets represent all
RECORD = 2_200  # bytes that are written for a run of the benchmark in addition to its files
PRODUCED = 24  # cases whose files represent all
CALIBRATION_BUDGET = 400  # evaluations that time one algorithm
FULL_BUDGET = 2_000  # evaluations after which a longer optimization stores hardly more
BLOCK = 4096  # bytes of a disk block
STORE = (38, 0, 380)  # bytes of the other files of a store
SHELVES = 256  # folders over which the engine spreads the folders of runs
PAYLOADS: Mapping[str, tuple[int, ...]] = {
    "noop": (900,),
    "payload": (8_512, 4_332, 2_140, 1_821, 570, 226, 60),
    "optbench": (2_680, 2_192, 2_053, 1_468, 550, 526, 464),
}  # bytes of each file of a run: its record, and what it captures; taken from light sweeps of 32 runs


@dataclass(frozen=True)
class StoredSize:
    """The size of runs in a store: bytes of content, number of files, and bytes on a disk of 4 KiB blocks."""

    content: int
    files: int
    on_disk: int

    def __str__(self) -> str:
        return f"{size(self.content)} in {self.files:,} files, {size(self.on_disk)} on disk in blocks of 4 KiB"


@dataclass(frozen=True)
class Estimate:
    """Seconds of optimizing on one worker, without the cost of the runner, and the size of the store."""

    seconds: float
    stored: StoredSize


def estimate_stored(runs: int, files: Sequence[Sequence[int]], stores: int = 1) -> StoredSize:
    """Return the size of that many runs; `files` has the sizes of the files of one run, for each of some typical runs.

    The runs are spread over that many stores, each of which has a few files of its own.
    """
    share, shelves = runs / len(files), SHELVES * stores
    blocks = share * sum(math.ceil(size / BLOCK) for of_run in files for size in of_run)
    folders = runs + shelves * (1 - math.exp(-runs / shelves)) + stores
    content, number = share * sum(map(sum, files)), share * sum(map(len, files))
    store_files = stores * len(STORE)
    return StoredSize(
        content=round(content + stores * sum(STORE)),
        files=round(number + store_files),
        on_disk=round(BLOCK * (blocks + folders + store_files)),
    )


def explain_runs(runs: int, payload: str = "noop", artifact: int = 0, stores: int = 1) -> str:
    """Describe the stored size of runs of an operation in `PAYLOADS`, with one more artifact of `artifact` bytes.

    They are spread over that many `stores`.

    Raises:
        UnknownNameError: there is no such payload.
        InvalidInputError: there are fewer than 0 runs, or the artifact has fewer than 0 bytes.
    """
    if payload not in PAYLOADS:
        raise UnknownNameError("payload", payload, PAYLOADS)
    if runs < 0 or artifact < 0:
        raise InvalidInputError(f"cannot estimate {runs} runs with artifacts of {artifact} bytes: give numbers from 0")
    files = (*PAYLOADS[payload], artifact) if artifact else PAYLOADS[payload]
    return f"{runs:,} runs store about {estimate_stored(runs, [files], stores)}"


def estimate(sweep: Sweep) -> Estimate:
    """Estimate a whole sweep from the budgets of a sample, the measured cost of an evaluation, and some productions."""
    cases = [resolve({}, case.params) for case in sweep.space.sample(min(SAMPLE, sweep.space.size), seed=1)]
    by_algorithm = {params["algorithm"]: params for params in cases}
    cost = {name: _seconds_per_evaluation(params) for name, params in by_algorithm.items()}
    seconds = math.fsum(params["budget"] * cost[params["algorithm"]] for params in cases) / len(cases)
    return Estimate(
        seconds * sweep.runs, estimate_stored(sweep.runs, [_files_of(params) for params in cases[:PRODUCED]])
    )


def explain(sweep: Sweep, naive: int | None = None) -> str:
    """Describe a sweep: counts by branch times replicates, compared with the naive product, time and bytes."""
    return "\n".join(_lines(sweep, naive))


def explain_intensity(intensity: str) -> str:
    """Describe the sweep of an intensity, compared with the naive product of its axes."""
    return explain(Sweep.of_intensity(intensity), spaces.naive(intensity).size)


def _lines(sweep: Sweep, naive: int | None) -> Iterator[str]:
    for branch in sweep.space.branches():
        yield f"{branch.label:<30}{branch.size:>12,} x {sweep.replicates} = {branch.size * sweep.replicates:>12,}"
    yield f"{'composed':<30}{sweep.space.size:>12,} x {sweep.replicates} = {sweep.runs:>12,} runs"
    if naive is not None:
        yield f"naive product of the same axes: {naive:,} ({naive / sweep.space.size:,.0f} times as many)"
    cost = estimate(sweep)
    yield (
        f"estimated from a short calibration here: {duration(cost.seconds)} of optimizing on one worker, "
        f"which stores about {cost.stored}"
    )


def _seconds_per_evaluation(params: Mapping[str, Any]) -> float:
    arguments = {name: value for name, value in params.items() if name not in NOT_FOR_OPTIMIZERS}
    function = problem(params["problem"], params["dim"])
    began = time.thread_time()  # does not depend on other processes
    result = optimize(params["algorithm"], function, CALIBRATION_BUDGET, np.random.default_rng(0), **arguments)
    return (time.thread_time() - began) / result.evaluations


def _files_of(params: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the bytes of each file of one run: its record, artifacts, report and stepped metric."""
    short = {**params, "budget": min(params["budget"], FULL_BUDGET)}
    production = produce(short, np.random.default_rng(0), np.random.default_rng(1))
    artifacts = [_packed(value) for value in production.artifacts.values()]
    return RECORD, *artifacts, len(production.report), _packed({"steps": np.array(production.objective)})


def _packed(value: Mapping[str, Any]) -> int:
    if not all(isinstance(part, np.ndarray) for part in value.values()):
        return len(json.dumps(value))
    packed = io.BytesIO()
    np.savez(packed, **value)
    return packed.tell()
