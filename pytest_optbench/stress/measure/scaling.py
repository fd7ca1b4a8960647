"""What writers cost each other, from the witness alone: time between runs, and where more gain nothing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.witness.log import Execution

NEAR = 0.9  # of the best rate: fewer workers that reach it are as good


def gaps(executions: Iterable[Execution]) -> list[float]:
    """Seconds between the end of one execution and the start of the next in the same thread.

    In that time the runner stores the one (unless it stores them elsewhere) and plans and claims the other.
    """
    by_thread: dict[tuple[int, int], list[Execution]] = defaultdict(list)
    for execution in executions:
        by_thread[execution.pid, execution.thread].append(execution)
    found = []
    for own in by_thread.values():
        own.sort(key=lambda one: one.started)
        for before, after in pairwise(own):
            if before.finished is not None:
                found.append(after.started - before.finished)
    return found


def steady_cost(executions: Sequence[Execution]) -> float:
    """Seconds a run, from the moment when the last worker had begun: starting workers is a cost of its own.

    Raises:
        InvalidInputError: no execution that ended after that.
    """
    first: dict[tuple[int, int], float] = {}
    for one in executions:
        worker = one.pid, one.thread
        first[worker] = min(one.started, first.get(worker, math.inf))
    began = max(first.values(), default=math.inf)
    ended = [one.finished for one in executions if one.finished is not None and one.started >= began]
    if not ended:
        raise InvalidInputError(f"of {len(executions)} executions none ended after all workers had begun")
    return (max(ended) - began) / len(ended)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed.

    Raises:
        InvalidInputError: no values, or a share that is not within 0 and 1.
    """
    if not values or not 0 <= share <= 1:
        raise InvalidInputError(f"no quantile {share} of {len(values)} values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def knee(rates: Mapping[int, float]) -> int:
    """The fewest workers that reach nine tenths of the best rate: more of them gain nothing to speak of."""
    best = max(rates.values())
    return min(workers for workers, reached in rates.items() if reached >= NEAR * best)


def efficiency(rates: Mapping[int, float]) -> dict[int, float]:
    """The rate of each number of workers as a share of that many times the rate of the fewest."""
    fewest = min(rates)
    return {workers: reached / (workers / fewest) / rates[fewest] for workers, reached in sorted(rates.items())}
