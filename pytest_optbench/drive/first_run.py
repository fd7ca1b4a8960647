"""Planning costs: cases taken, functions called and bytes allocated when the first run of a plan starts.

The operation blocks at its first execution, so that only planning is measured; its sweep never ends.
So all of this runs in a child process, which ends without waiting for the sweep (`stress.process.child`).
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pytest_optbench.benchmark.spaces import naive
from pytest_optbench.errors import InvalidInputError, TargetFailedError
from pytest_optbench.grids import Case, Source
from pytest_optbench.stress.measure.limits import largest
from pytest_optbench.stress.witness.witness import run_key, start, witnessing
from pytest_optbench.target import RunOptions, load_target
from pytest_optbench.target.watch import COMPUTING, patience

REST = 0.1  # seconds without allocations that count as rest
LONGEST_UNREST = 50  # times to wait for rest
NOISE = 1_000  # bytes that threads allocate while they wait
MANY_TAKEN = 1_000  # cases that show that a metalab plans on, where no run has started in time

Measure = Literal["clock", "calls", "bytes"]
_TARGET = load_target()


class CountedSource:
    """The cases of a source, counted as they are taken; it knows its exact size, but no `len`, which may overflow."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.size = source.size
        self.taken = 0
        self.abandoned = False

    def __iter__(self) -> Iterator[Case]:
        for case in self.source:
            if self.abandoned:
                raise InvalidInputError("the first run of this plan is no longer awaited")
            self.taken += 1
            yield case


@dataclass(frozen=True)
class FirstRun:
    """The cost until the first run of a plan started: cases taken from its source, seconds, calls, bytes.

    `started` is False if no run started in time. Calls (of Python and C functions in all threads) and bytes
    (allocated and not freed, once the planning that continues during the first run rests) are 0 if they were not
    asked for: counting them takes time.
    """

    planned: int
    started: bool
    taken: int
    seconds: float
    calls: int = 0
    bytes: int = 0


class PlanWatch:
    """Measures planning until the first run of a plan starts, and blocks that run."""

    def __init__(self, cases: CountedSource, measure: Measure) -> None:
        self.cases = cases
        self.seen: FirstRun | None = None
        self.failure: TargetFailedError | None = None
        self._measure = measure
        self._started = threading.Event()
        self._calls = itertools.count()
        self._began = 0.0

    def begin(self, sweep: Callable[[], Any]) -> None:
        """Start the sweep in a new thread."""
        if self._measure == "bytes":
            tracemalloc.start()
        if self._measure == "calls":
            threading.setprofile(self._count)
        self._began = time.perf_counter()
        threading.Thread(target=self._drive, args=(sweep,), name="planning", daemon=True).start()

    def _drive(self, sweep: Callable[[], Any]) -> None:
        """Run the sweep, which must not end while its first run is blocked."""
        try:
            sweep()
            self.failure = TargetFailedError("its sweep came to an end while its first run had not ended, or begun")
        except TargetFailedError as failure:
            self.failure = failure
        self._started.set()

    def arrived(self) -> None:
        """Record the cost of planning so far, and never return."""
        if self.seen is None:
            self.seen = self._so_far(started=True)
            self._started.set()
        threading.Event().wait()

    def wait(self, seconds: float, few: int = 0) -> FirstRun:
        """Return the cost when the first run started, or when the time was over.

        If fewer than `few` cases were taken by then, wait as long as a hang takes to show.

        Raises:
            TargetFailedError: the sweep raised, or it ended or hung without having executed anything.
        """
        if not self._started.wait(seconds) and self.cases.taken < few:
            self._started.wait((COMPUTING + 1) * patience())
        if self.failure is not None:
            raise self.failure
        result = self.seen or self._so_far(started=False)
        if self._measure == "bytes":
            result = replace(result, bytes=_allocated_at_rest(result.bytes))
        self.cases.abandoned = True
        threading.setprofile(None)
        tracemalloc.stop()
        return result

    def _so_far(self, *, started: bool) -> FirstRun:
        seconds = time.perf_counter() - self._began
        sys.setprofile(None)
        calls = next(self._calls) if self._measure == "calls" else 0
        allocated = tracemalloc.get_traced_memory()[0] if self._measure == "bytes" else 0
        return FirstRun(self.cases.size, started, self.cases.taken, seconds, calls, allocated)

    def _count(self, _frame: Any, event: str, _argument: Any) -> None:
        if event in ("call", "c_call"):
            next(self._calls)


def _allocated_at_rest(allocated: int) -> int:
    """Return the allocated bytes once they stay the same for a moment, or after the longest wait."""
    for _ in range(LONGEST_UNREST):
        time.sleep(REST)
        before, allocated = allocated, tracemalloc.get_traced_memory()[0]
        if abs(allocated - before) < NOISE:
            break
    return allocated


_watches: list[PlanWatch] = []  # the operation finds its plan by the root seed: nothing else of ours reaches it


@_TARGET.operation(name="hold")
def hold(params: Any, seeds: Any) -> None:
    """Announce that the first run has started, and block."""
    start(run_key(dict(params), seeds.root_seed, seeds.replicate_index))
    _watches[seeds.root_seed].arrived()


def first_run(store: str, cases: int, measure: Measure = "clock", seconds: float = 60.0, few: int = 0) -> FirstRun:
    """Plan the first `cases` cases of the extreme naive product until the first run starts, at most `seconds` long.

    It waits longer if fewer than `few` cases were taken by then; it raises what `PlanWatch.wait` raises. Only for a
    process that ends soon: the sweep is left as it is.
    """
    number = len(_watches)
    watch = PlanWatch(CountedSource(naive("extreme")[:cases]), measure)
    _watches.append(watch)
    experiment = _TARGET.experiment(
        name="plan", version=str(number), operation=hold, params=watch.cases, seeds=(number, 1)
    )
    watch.begin(lambda: _TARGET.run(experiment, RunOptions(store)))
    return watch.wait(seconds, few)


def first_runs(folder: str, sizes: Sequence[int], measure: Measure, seconds: float) -> list[dict[str, Any]]:
    """Return the costs until the first runs of plans of these sizes (`FirstRun`), one by one; for a child process.

    Raises:
        TargetFailedError: as `PlanWatch.wait`.
    """
    with _warm(folder) as store:
        return [asdict(first_run(store, size, measure, seconds, MANY_TAKEN)) for size in sizes]


def largest_prompt_plan(folder: str, ceiling: int, budget: float, promptly: float = 1.0) -> dict[str, Any]:
    """Search the largest plan with a first run within `promptly` seconds; return fields of a `SearchResult`."""

    def probe(cases: int) -> tuple[float, bool]:
        seen = first_run(store, cases, "clock", promptly)
        return seen.seconds, seen.started and seen.seconds <= promptly

    with _warm(folder) as store:
        result = largest(probe, start=100, ceiling=ceiling, budget=budget, factor=10)
        if late := [probed.load for probed in result.curve if not probed.held]:
            first_run(store, min(late), "clock", promptly, MANY_TAKEN)  # late, or never?
        return asdict(result)


@contextmanager
def _warm(folder: str) -> Iterator[str]:
    """Yield a store in which a run has started, so that nothing is imported while planning is measured."""
    with witnessing(Path(folder) / "witness.jsonl"):
        first_run(f"{folder}/store", 1)
        yield f"{folder}/store"
