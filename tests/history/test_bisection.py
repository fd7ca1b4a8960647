"""The search for the first commit with another verdict: its answer, and how many verdicts it asks for."""

from __future__ import annotations

import math
import random

import pytest

from pytest_optbench.history.bisection import Found, first_change


@pytest.mark.parametrize("at_start", [True, False])
@pytest.mark.parametrize("count", range(2, 34))
def test_each_change_is_found_in_log2_verdicts(count: int, at_start: bool) -> None:
    for first in range(1, count):
        asked: list[int] = []

        def holds(place: int, first: int = first, asked: list[int] = asked) -> bool:
            asked.append(place)
            return at_start if place < first else not at_start

        assert first_change(count, at_start=at_start, holds=holds) == Found(first - 1, first)
        assert len(asked) <= math.ceil(math.log2(count - 1 or 1))
        assert len({*asked}) == len(asked)
        assert not {*asked} & {0, count - 1}


def test_undecided_places_widen_the_answer_and_nothing_else() -> None:
    draw = random.Random(7)
    for _ in range(300):
        count = draw.randint(2, 25)
        first = draw.randint(1, count - 1)
        undecided = {place for place in range(1, count - 1) if draw.random() < 0.4}
        found = first_change(
            count, at_start=True, holds=lambda place, u=undecided, f=first: None if place in u else place < f
        )
        assert found.last < first <= found.first
        assert {*range(found.last + 1, found.first)} <= undecided
        assert found.is_exact == (found.first == found.last + 1)
