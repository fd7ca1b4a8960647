"""Plans and grids that cost more than the engine's own: what saboteurs on either side of a bound have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from grid_wrapped import Wrapped

from pytest_optbench.engine import run as _run


class Ahead:
    """A plan of which some cases are taken at once, whenever it is begun.

    The engine begins it twice: to look at its first case, and to run.
    """

    def __init__(self, cases: Any, count: int) -> None:
        self.cases, self.count = cases, count
        self.size = cases.size

    def __iter__(self) -> Iterator[Any]:
        cases = iter(self.cases)
        return chain(list(islice(cases, self.count)), cases)


def taking_ahead(experiment: Any, count: int) -> Any:
    """An experiment whose plan is taken ahead, where it is one that knows its size."""
    return (
        replace(experiment, params=Ahead(experiment.params, count))
        if hasattr(experiment.params, "size")
        else experiment
    )


def run_after_calls(experiment: Any, exponent: float, **keywords: Any) -> Any:
    """Run after as many function calls as there are cases, to the power of `exponent`."""
    for _ in range(int(getattr(experiment.params, "size", 0) ** exponent)):
        len(())
    return _run(experiment, **keywords)


class CostlySize(Wrapped):
    """A grid whose size takes a `share` of the function calls that are allowed: 100, and 20 for each axis."""

    share = 0.0

    @property
    def size(self) -> int:
        for _ in range(round(self.share * (100 + 20 * len(self.whole[0].params)))):
            len(())
        return super().size


class CostlyCases(Wrapped):
    """A grid whose cases take as many."""

    share = 0.0

    def __getitem__(self, index: int) -> Any:
        case = self.whole[index]
        for _ in range(round(self.share * (100 + 20 * len(case.params)))):
            len(())
        return case
