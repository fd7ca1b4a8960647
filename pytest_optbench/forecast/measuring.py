"""Measure what a forecast needs, in child processes, within a number of seconds that its parts share."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from pytest_optbench.drive.first_run import first_runs
from pytest_optbench.stress.measure.extrapolation import Point
from pytest_optbench.stress.measure.interleave import interleaved
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.target.dialect import ExecutorKind

from .measurements import Measurements, WorkerCosts, stored_size
from .payloads import Payload
from .samples import Sample, Task, read_sample, resume_sample, run_sample

SECONDS = 50.0  # for all parts together; starting and cleaning up have the rest of a minute
LONG_ENOUGH = 1.0  # seconds of a sweep whose cost a run is known well enough to plan with
SHARES = {"sweeps": 0.45, "workers": 0.3, "resumes": 0.08, "readings": 0.08}
SLOW = 8.0  # seconds of one run of which no more are tried to plan with
GROWTH = 4  # factor by which the sweeps that are tried grow
ROUNDS = 6  # of sweeps of all sizes, if the time suffices
WORKER_ROUNDS = 5
MOST_ROUNDS = 25
MOST_RUNS = 20_000  # of one sweep: more would not make a forecast better
DIVISORS = (16, 4, 1)  # of the largest sweep
TRACED_DIVISORS = (24, 12)  # the same where every allocation is traced, which takes several times as long
PLANS = (250, 500, 1_000)  # cases of a plan; its first run waits, so that only planning takes memory
PLANNING = 10.0  # seconds at most until the first run of a plan starts
PATIENCE = ResourceLimits(seconds=300.0)
Say = Callable[[str], None]
Function = Callable[..., dict[str, Any]]
Key = TypeVar("Key")


@dataclass
class Measuring:
    """A measurement of one payload; its stores are in `folder`, and are removed as soon as they are not needed.

    `most` bounds the runs of a sweep, `numbers` are the numbers of workers to compare, from 1. `say` gets a line before
    each part.
    """

    payload: Payload
    executor: ExecutorKind
    numbers: Sequence[int]
    folder: Path
    most: int
    say: Say
    seconds: float
    notes: list[str] = field(default_factory=list)
    _stores: Iterator[int] = field(default_factory=count)
    _next_run: int = 0
    _overheads: list[float] = field(default_factory=list)

    def measure(self) -> Measurements:
        """Measure all parts.

        Raises:
            TargetFailedError: a run failed, or the target did not do what was asked.
            ChildError: a child did not end in time, or could not be started.
        """
        began = time.monotonic()
        self._say("the cost of a run", began)
        cost = self._cost_of_a_run()
        largest = self._largest(cost)
        self._say(f"sweeps of up to {largest:,} runs", began)
        sweeps, kept = self._sweeps(largest)
        sizes = [(task.runs, *stored_size(Path(task.store))) for task in kept]
        self._say(f"{', '.join(map(str, self.numbers))} workers", began)
        workers = self._workers(cost)
        self._say("resuming", began)
        resumes = self._repeated(resume_sample, kept, "resumes")
        self._say("reading back", began)
        readings = self._repeated(read_sample, kept, "readings")
        self._say("memory", began)
        reading_memory = self._memory(read_sample, [kept[0], *kept[1:][-1:]])
        self._remove(*kept)
        running_memory = self._running_memory(largest)
        self._say("planning", began)
        planning_memory = self._planning_memory(running_memory[0][1])
        return Measurements(
            sweeps=sweeps,
            disk=tuple((runs, taken) for runs, taken, _ in sizes),
            inodes=tuple((runs, inodes) for runs, _, inodes in sizes),
            resumes=resumes,
            readings=readings,
            running_memory=running_memory,
            planning_memory=planning_memory,
            reading_memory=reading_memory,
            workers=workers,
            seconds=time.monotonic() - began,
            notes=tuple(self.notes),
        )

    def _say(self, part: str, began: float) -> None:
        self.say(f"measuring {part} ({time.monotonic() - began:.0f} of about {self.seconds:.0f} s)")

    def _cost_of_a_run(self) -> float:
        """Return the seconds of a further run, from sweeps that grow until these take long enough.

        One run alone shows mostly what it takes to start workers, unless it takes very long.
        """
        runs, alone = 1, 0.0
        while True:
            seconds = self._seconds_of(1, runs)
            if runs == 1 and (seconds > SLOW or self.most < GROWTH):
                return seconds
            alone = alone or seconds
            if runs > 1 and (seconds - alone > LONG_ENOUGH or GROWTH * runs > self.most):
                return max(seconds - alone, seconds / 10) / (runs - 1)
            runs *= GROWTH

    def _largest(self, cost: float) -> int:
        """Return the largest sweep of which all rounds fit into their share of the time.

        It takes at least as long as starting its child: a smaller one would save no time.
        """
        each_round = self.seconds * SHARES["sweeps"] / ROUNDS - self._overhead * (len(DIVISORS) + 1)
        seconds = max(each_round / sum(1 / divisor for divisor in DIVISORS), self._overhead)
        return max(1, min(self.most, MOST_RUNS, int(seconds / cost)))

    @property
    def _overhead(self) -> float:
        """The seconds to start a child and to warm it up."""
        return median(self._overheads)

    def _sweeps(self, largest: int) -> tuple[tuple[Point, ...], list[Task]]:
        """Run sweeps of several sizes in rounds; return their seconds, and the tasks of the last sweep of each size."""
        sizes = sorted({1, *(max(1, largest // divisor) for divisor in DIVISORS)})
        kept: dict[int, Task] = {}

        def run(size: int) -> float:
            if size in kept:
                self._remove(kept[size])
            kept[size] = self._task(size)
            return self._sample(run_sample, kept[size]).seconds

        samples = self._in_rounds({size: partial(run, size) for size in sizes}, "sweeps")
        points = tuple((size, seconds) for size, of_size in samples.items() for seconds in of_size)
        return points, [kept[size] for size in sizes]

    def _repeated(self, function: Function, kept: Sequence[Task], share: str) -> tuple[Point, ...]:
        costs = {task.runs: partial(self._seconds, function, task) for task in kept}
        samples = self._in_rounds(costs, share)
        return tuple((runs, seconds) for runs, of_runs in samples.items() for seconds in of_runs)

    def _in_rounds(self, costs: Mapping[Key, Callable[[], float]], share: str) -> dict[Key, list[float]]:
        """Measure in rounds until another one would exceed the share of the time, at least as many as a fit needs."""
        began = time.monotonic()
        fewest = 2 if len(costs) > 1 and share != "workers" else 3  # a ratio has one figure a round

        def enough(samples: Mapping[Key, list[float]]) -> bool:
            rounds, passed = len(next(iter(samples.values()))), time.monotonic() - began
            return rounds >= fewest and passed * (rounds + 1) / rounds > self.seconds * SHARES[share]

        return interleaved(costs, enough, MOST_ROUNDS)

    def _memory(self, function: Function, tasks: Sequence[Task]) -> tuple[Point, ...]:
        """Return the peak of memory by runs: what the smallest takes in all, and what is allocated for the others."""
        samples = [self._sample(function, task, traced=True) for task in tasks]
        first = samples[0]
        peaks = [first.resident + sample.traced - first.traced for sample in samples]
        return tuple((task.runs, peak) for task, peak in zip(tasks, peaks, strict=True))

    def _running_memory(self, largest: int) -> tuple[Point, ...]:
        sizes = sorted({1, *(max(1, largest // divisor) for divisor in TRACED_DIVISORS)})
        tasks = [self._task(size) for size in sizes]
        peaks = self._memory(run_sample, tasks)
        self._remove(*tasks)
        return peaks

    def _planning_memory(self, resident: float) -> tuple[Point, ...]:
        place = self.folder / "plans"
        place.mkdir()
        seen = run_child(first_runs, str(place), PLANS, "bytes", PLANNING, bounds=PATIENCE).value_or_raise()
        shutil.rmtree(place, ignore_errors=True)
        return tuple((first["planned"], resident + first["bytes"]) for first in seen if first["started"])

    def _workers(self, cost: float) -> dict[int, WorkerCosts]:
        """Compare numbers of workers by further runs of a sweep, in turn with one worker."""
        each_round = self.seconds * SHARES["workers"] / WORKER_ROUNDS - 2 * self._overhead * len(self.numbers)
        further = min(self.most, int(max(each_round / len(self.numbers), self._overhead) / cost))
        numbers = [number for number in self.numbers if number == 1 or 2 * number <= further]
        if len(numbers) < len(self.numbers):
            more = self.numbers[len(numbers)]
            self.notes.append(f"runs take too long to measure {more} and more workers in a minute")
        if len(numbers) < 2:
            return {}
        keys = [(number, runs) for number in numbers for runs in (number, number + further)]
        costs = {key: partial(self._seconds_of, *key) for key in keys}
        samples = self._in_rounds(costs, "workers")
        of_one = _further(samples[1, 1], samples[1, 1 + further], further)
        measured = {}
        for number in numbers:
            each = _further(samples[number, number], samples[number, number + further], further)
            pairs = [(other, one) for other, one in zip(each, of_one, strict=True) if min(other, one) > 0]
            if pairs:
                costs_of_both = zip(*pairs, strict=True)
                measured[number] = WorkerCosts(min(samples[number, number]), *map(tuple, costs_of_both))
        return measured

    def _seconds_of(self, workers: int, runs: int) -> float:
        task = self._task(runs, workers)
        seconds = self._seconds(run_sample, task)
        self._remove(task)
        return seconds

    def _seconds(self, function: Function, task: Task) -> float:
        return self._sample(function, task).seconds

    def _task(self, runs: int, workers: int = 1) -> Task:
        start, self._next_run = self._next_run, self._next_run + runs + 1  # one more, with which a child warms up
        return Task(self.payload, start, runs, str(self.folder / f"store-{next(self._stores)}"), self.executor, workers)

    def _sample(self, function: Function, task: Task, *, traced: bool = False) -> Sample:
        began = time.monotonic()
        ended = run_child(function, task.fields(), traced, bounds=PATIENCE, needs=task.modules)
        sample = Sample(**ended.value_or_raise())
        self._overheads.append(time.monotonic() - began - sample.seconds)
        return sample

    def _remove(self, *tasks: Task) -> None:
        for task in tasks:
            shutil.rmtree(task.store, ignore_errors=True)
            shutil.rmtree(f"{task.store}.warm", ignore_errors=True)


def _further(few: Sequence[float], many: Sequence[float], runs: int) -> list[float]:
    """Return the seconds of a further run, from sweeps that differ by that many."""
    return [(later - earlier) / runs for earlier, later in zip(few, many, strict=True)]
