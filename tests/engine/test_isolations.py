"""Isolation: whatever an operation does to its params or context, nobody else sees it."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import functools
import pickle
from collections import OrderedDict
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
import pytest
import values as kinds
from hypothesis import given

from pytest_optbench.engine.identity.identity import encode
from pytest_optbench.engine.planning.isolation import copier, private_copy


@dataclasses.dataclass(frozen=True, slots=True)
class Counted:
    items: list[int]
    built: ClassVar[int] = 0

    def __post_init__(self) -> None:
        Counted.built += 1


@dataclasses.dataclass
class Linked:
    """A dataclass whose cached properties refer back to it."""

    number: int

    @functools.cached_property
    def one(self) -> tuple[Linked, list[int]]:
        return self, [self.number]

    @functools.cached_property
    def other(self) -> tuple[Linked, list[int]]:
        return self, [self.number]


class Couple(tuple[Any, ...]):
    """A tuple that asks for its elements one by one."""

    __slots__ = ()

    def __new__(cls, left: Any, right: Any) -> Self:
        return super().__new__(cls, (left, right))


class Word(str):
    """A string that asks for its parts."""

    __slots__ = ()

    def __new__(cls, head: str, tail: str) -> Self:
        return super().__new__(cls, head + tail)


@given(kinds.values())
def test_what_is_isolated_is_the_same_value(value: Any) -> None:
    assert type(private_copy(value)) is type(value)
    assert encode(private_copy(value)) == encode(value) == encode(copier({"x": value})()["x"])


def mutables() -> list[tuple[Any, Any]]:
    """Values, each with something that changes it from within."""
    return [
        ([1, [2]], lambda v: v[1].append(3)),
        ({"a": {"b": 1}}, lambda v: v["a"].clear()),
        ({"a": [1]}, lambda v: v.update(b=2)),
        (([1],), lambda v: v[0].append(2)),
        ({1, 2}, lambda v: v.add(3)),
        (bytearray(b"a"), lambda v: v.extend(b"b")),
        (np.zeros(3), lambda v: v.fill(1)),
        ([np.zeros(3)], lambda v: v[0].fill(1)),
        (kinds.Pair([1], 2), lambda v: v.left.append(2)),
        (kinds.OtherPair(1, 2), lambda v: setattr(v, "left", 5)),
        (kinds.Pair(kinds.OtherPair(1, 2), 1), lambda v: setattr(v.left, "left", 5)),
        (kinds.Point([1], 2), lambda v: v.x.append(2)),
        (OrderedDict(a=[1]), lambda v: v["a"].append(2)),
        (MappingProxyType({"a": [1]}), lambda v: v["a"].append(2)),
    ]


@pytest.mark.parametrize(("value", "change"), mutables(), ids=lambda v: type(v).__name__)
def test_a_change_stays_with_who_made_it(value: Any, change: Any) -> None:
    before = encode(value)
    mine = private_copy(value)
    change(mine)
    assert encode(value) == before != encode(mine)


@pytest.mark.parametrize(("value", "change"), mutables(), ids=lambda v: type(v).__name__)
def test_no_run_sees_what_another_did_to_the_context(value: Any, change: Any) -> None:
    fresh = copier({"member": value})
    before = encode(value)
    try:
        change(fresh()["member"])
    except ValueError as error:
        assert "read-only" in str(error)  # noqa: PT017 - arrays of a context are shared and refuse to be written
    assert encode(fresh()["member"]) == before == encode(value)


def test_what_nothing_can_change_is_shared() -> None:
    frozen = kinds.Pair((1, "x", frozenset()), kinds.Pair(None, datetime.date(2020, 1, 1)))
    assert private_copy(frozen) is not None
    for value in (
        1,
        "x",
        (1, ("a", 2.5)),
        kinds.Colour.RED,
        kinds.Pair((1, "x"), kinds.Pair(None, b"")),
        np.float64(1),
    ):
        assert private_copy(value) is value


def test_a_context_of_numbers_and_arrays_costs_nothing_per_run() -> None:
    big = np.zeros(1000)
    fresh = copier(kinds.Pair(big, (1, "x")))
    assert fresh() is fresh()
    assert np.shares_memory(fresh().left, big)
    assert big.flags.writeable


def test_read_only_arrays_are_shared_and_others_copied() -> None:
    array = np.arange(3)
    assert not np.shares_memory(private_copy(array), array)
    array.flags.writeable = False
    assert private_copy(array) is array


def test_classes_are_not_built_again() -> None:
    value = Counted([1])
    twin = private_copy(value)
    assert (Counted.built, twin.items, twin.items is value.items) == (1, [1], False)
    assert copy.copy(twin).items == [1]
    assert pickle.loads(pickle.dumps(twin)).items == [1]


def test_cached_properties_are_shared() -> None:
    linked = Linked(1)
    known = linked.one, linked.other
    fresh = copier({"linked": linked})()["linked"]
    assert fresh is not linked
    assert (fresh.one, fresh.other) == known
    assert fresh.one[1] is linked.one[1]


def test_classes_with_arguments_of_their_own_are_not_called() -> None:
    couple = private_copy(Couple([1], 2))
    couple[0].append(3)
    assert (type(couple), couple) == (Couple, ([1, 3], 2))
    assert private_copy(Word("a", "b")) == "ab"
