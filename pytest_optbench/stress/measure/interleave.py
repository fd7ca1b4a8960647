"""Measure several alternatives in turn: a disturbance of the machine slows all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from pytest_optbench.errors import InvalidInputError

Name = TypeVar("Name")
Samples = Mapping[Name, list[float]]


def interleaved(
    costs: Mapping[Name, Callable[[], float]], enough: Callable[[Samples[Name]], bool], most: int
) -> dict[Name, list[float]]:
    """Measure every cost once a round, in reverse order every second round, until `enough`, or for `most` rounds.

    Raises:
        InvalidInputError: there is no cost, or no round.
    """
    if not costs or most < 1:
        raise InvalidInputError(f"{len(costs)} costs in at most {most} rounds: give at least one of each")
    samples: dict[Name, list[float]] = {name: [] for name in costs}
    for number in range(most):
        names = list(costs)
        for name in names if number % 2 == 0 else names[::-1]:
            samples[name].append(costs[name]())
        if enough(samples):
            break
    return samples
