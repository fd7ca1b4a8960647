"""The cost of concurrent writers, from the witness alone: time between runs, and the useful number of workers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.witness.log import Execution

NEAR = 0.9  # share of the best rate that counts as equally good


def gaps(executions: Iterable[Execution]) -> list[float]:
    """Return the seconds between the end of one execution and the start of the next in the same thread.

    In that time the runner stores the first (unless it stores them elsewhere) and plans and claims the second.
    """
    by_thread: dict[tuple[int, int], list[Execution]] = defaultdict(list)
    for execution in executions:
        by_thread[execution.pid, execution.thread].append(execution)
    seconds = []
    for of_thread in by_thread.values():
        of_thread.sort(key=lambda execution: execution.started)
        for before, after in pairwise(of_thread):
            if before.finished is not None:
                seconds.append(after.started - before.finished)
    return seconds


def steady_cost(executions: Sequence[Execution]) -> float:
    """Return the seconds a run takes once all workers have started, so that their start does not count.

    Raises:
        InvalidInputError: no execution finished after that.
    """
    first: dict[tuple[int, int], float] = {}
    for execution in executions:
        worker = execution.pid, execution.thread
        first[worker] = min(execution.started, first.get(worker, math.inf))
    began = max(first.values(), default=math.inf)
    finished = [run.finished for run in executions if run.finished is not None and run.started >= began]
    if not finished:
        raise InvalidInputError(f"of {len(executions)} executions none finished after all workers had started")
    return (max(finished) - began) / len(finished)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed.

    Raises:
        InvalidInputError: there are no values, or the share is not between 0 and 1.
    """
    if not values or not 0 <= share <= 1:
        raise InvalidInputError(f"no quantile {share} of {len(values)} values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def knee(rates: Mapping[int, float]) -> int:
    """Return the fewest workers that reach nine tenths of the best rate: more of them gain little."""
    best = max(rates.values())
    return min(workers for workers, rate in rates.items() if rate >= NEAR * best)


def efficiency(rates: Mapping[int, float]) -> dict[int, float]:
    """Return the efficiency of each number of workers: its rate divided by linear scaling from the fewest."""
    fewest = min(rates)
    return {workers: rate / (workers / fewest) / rates[fewest] for workers, rate in sorted(rates.items())}
