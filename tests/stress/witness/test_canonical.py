"""Exact texts: different values differ, equal ones agree in every process, and what has none is named."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import itertools
import math
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.stress.witness.canonical import canonical, digest_of
from pytest_optbench.stress.witness.witness import params_digest, plain, run_key


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Level(enum.IntEnum):
    RED = 1


@dataclass(frozen=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True)
class Vector:
    x: float
    y: float


class Pair(NamedTuple):
    a: int
    b: int


VALUES: list[Any] = [
    None, False, True, 0, 1, -1, 2**64, 10**400, 0.0, -0.0, 1.0, 5e-324, math.inf, -math.inf, math.nan, 1 + 0j, "", "1",
    "None", "a\0", "a", "\u00e9", "e\u0301", "\ud800", b"", b"a", bytearray(b"a"), [], [1], [1, 2], [2, 1], [[1], 2],
    [1, [2]], (), (1,), (1, 2), ("1", 2), {}, {"a": 1}, {"a": "1"}, {1: "a"}, {"1": "a"}, {"a": {"b": 1}},
    {"a": 1, "b": 1}, set(), {1}, {1, 2}, frozenset({1}), {"ab"}, {"a", "b"}, Colour.RED, Colour.BLUE, Level.RED,
    Point(1, 2), Vector(1, 2), Point(2, 1), Pair(1, 2), range(3), range(4), PurePosixPath("a"), Path("a"),
    decimal.Decimal("1.0"), decimal.Decimal("1.00"), fractions.Fraction(1), datetime.date(2026, 1, 1),
    datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), uuid.UUID(int=1),
    datetime.timedelta(1), np.int64(1), np.int32(1), np.float64(1), np.float32(1), np.bool_(True), np.array([1, 2]),
    np.array([1.0, 2.0]), np.array([[1, 2]]), np.array(["a"]), np.array([1, "a"], dtype=object), np.longdouble(1),
    OrderedDict(a=1), np.array([1 + 2j]), np.array([]), np.zeros((0, 3)),
]  # fmt: skip


def test_all_of_these_differ() -> None:
    texts = [canonical(value) for value in VALUES]
    twins = [(VALUES[a], VALUES[b]) for a, b in itertools.combinations(range(len(texts)), 2) if texts[a] == texts[b]]
    assert twins == []


plain_data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=3)
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


def tagged(value: Any) -> Any:
    """A value that equals another only if both are the same data: types beside values, dicts in order of names."""
    if isinstance(value, dict):
        return "dict", tuple(sorted(((name, tagged(item)) for name, item in value.items()), key=lambda pair: pair[0]))
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(map(tagged, value))
    if isinstance(value, float):
        return "float", "nan" if math.isnan(value) else value.hex()
    return type(value).__name__, value


@given(plain_data, plain_data)
def test_texts_are_equal_where_values_are(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (tagged(one) == tagged(other))


@given(st.dictionaries(st.text(max_size=3), plain_data, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_a_dict_is_indifferent(value: dict[str, Any], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert canonical(dict(items)) == canonical(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({1, 2, 3}, {3, 2, 1}),
        (math.nan, -math.nan),
        (np.array([1, 2], dtype=">i4"), np.array([1, 2], dtype="<i4")),
        (np.asfortranarray([[1, 2], [3, 4]]), np.array([[1, 2], [3, 4]])),
        (np.array([np.nan]), np.array([-np.nan])),
        (np.arange(6)[::2], np.array([0, 2, 4])),
    ],
)
def test_what_is_equal_has_one_text(one: Any, other: Any) -> None:
    assert canonical(one) == canonical(other)


def test_a_value_without_a_text_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInputError, match=r"params\['a'\]\[1\] is a builtins.object"):
        canonical({"a": [1, object()]}, "params")


def keys_here() -> list[str]:
    """What a child tells: the keys of every value."""
    return [run_key({"value": value}, 1, 0) for value in VALUES]


@pytest.mark.parametrize("seed", ["1", "2"])
def test_keys_are_the_same_in_every_process(seed: str) -> None:
    child = run_child(keys_here, bounds=ResourceLimits(seconds=60), environment={"PYTHONHASHSEED": seed})
    assert child.value_or_raise() == keys_here()


def test_digests_have_128_bits() -> None:
    assert len(bytes.fromhex(digest_of(""))) == 16
    assert digest_of("a") != digest_of("b")


@pytest.mark.parametrize(
    ("planned", "stored"),
    [
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ({"a": np.float64(0.5)}, {"a": 0.5}),
        ({"a": np.int64(3)}, {"a": 3}),
        ({"a": np.bool_(True)}, {"a": True}),
    ],
)
def test_params_compare_with_what_json_makes_of_them(planned: dict[str, Any], stored: dict[str, Any]) -> None:
    assert params_digest(planned) == params_digest(stored)


@pytest.mark.parametrize("value", [10**400, {1, 2}, b"x", {1: 2}, np.array([1, 2]), 1j])
def test_what_json_cannot_hold_is_told_by_its_exact_text(value: Any) -> None:
    assert plain(value) == {"exact": canonical(value)}
