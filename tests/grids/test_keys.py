"""Keys: equal exactly when nothing tells two values apart, whatever else the values hold."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from typing import Any, NamedTuple

import pytest

from pytest_optbench.grids.equality import equality_key, first_repeated


@dataclasses.dataclass
class Rate:
    value: float


class Adam(Rate):
    """No dataclass itself: its instances hold more than the fields."""


class Slotted(Rate):
    __slots__ = ("beta",)


class Pair(NamedTuple):
    left: int
    right: int


class NotedPair(Pair):
    pass


class NotedDict(dict[str, int]):
    pass


def holding(value: Any, beta: float) -> Any:
    value.beta = beta
    return value


@pytest.mark.parametrize("make", [lambda: Adam(0.1), lambda: Slotted(0.1), lambda: NotedPair(1, 2), NotedDict])
def test_what_holds_more_than_its_parts_is_equal_only_to_itself(make: Any) -> None:
    one, two = holding(make(), 0.9), holding(make(), 0.5)
    assert equality_key(one) == equality_key(one) != equality_key(two)
    assert first_repeated([one, two]) is None
    assert equality_key(make()) == equality_key(make())


def test_the_order_of_an_ordered_dict_counts_and_that_of_a_dict_does_not() -> None:
    assert (
        equality_key(OrderedDict(a=1, b=2))
        == equality_key(OrderedDict(a=1, b=2))
        != equality_key(OrderedDict(b=2, a=1))
    )
    assert equality_key({"a": 1, "b": 2}) == equality_key({"b": 2, "a": 1})


def test_a_field_that_is_not_set_is_no_error() -> None:
    unset = Rate(0.1)
    del unset.value
    assert equality_key(unset) != equality_key(Rate(0.1))
