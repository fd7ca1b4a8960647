"""Costs taken in turns: in which order, and how often."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.measure.interleave import interleaved


def noting(order: list[str]) -> dict[str, Callable[[], float]]:
    def cost(name: str) -> float:
        order.append(name)
        return float(len(order))

    return {name: lambda name=name: cost(name) for name in "abc"}  # type: ignore[misc]


def test_every_second_round_goes_backwards() -> None:
    order: list[str] = []
    samples = interleaved(noting(order), lambda _: False, most=3)
    assert "".join(order) == "abccbaabc"
    assert samples == {"a": [1, 6, 7], "b": [2, 5, 8], "c": [3, 4, 9]}


def test_it_ends_with_the_round_that_is_enough() -> None:
    order: list[str] = []
    interleaved(noting(order), lambda samples: len(samples["a"]) == 2, most=10)
    assert len(order) == 6


@pytest.mark.parametrize(("names", "most"), [("", 1), ("abc", 0)])
def test_nothing_to_take_is_refused(names: str, most: int) -> None:
    with pytest.raises(InvalidInputError, match="at most"):
        interleaved({name: lambda: 1.0 for name in names}, lambda _: True, most)
