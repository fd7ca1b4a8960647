"""Values of every kind that has an identity, and an independent way to say which of them are the same."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import math
import pathlib
import struct
import zoneinfo
from collections import OrderedDict, namedtuple
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Shade(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Right(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass(frozen=True)
class Pair:
    left: Any
    right: Any


@dataclasses.dataclass
class OtherPair:
    left: Any
    right: Any


class Meters(float):
    """A float with a unit."""


class Label(str):
    """A string with a meaning."""


Point = namedtuple("Point", "x y")

DTYPES = ["?", "<i1", "<i8", "<u4", "<f2", "<f4", "<f8", ">f8", "<c8", "<c16", "<U3", "|S3", "<M8[s]", "<m8[ns]"]
ZONES = [None, datetime.UTC, datetime.timezone(datetime.timedelta(hours=1), "x"), zoneinfo.ZoneInfo("Europe/Berlin")]


ALIKE = [  # what an encoding that forgets a length, a sign or a type takes for the same; few are drawn by chance
    0, 0.0, -0.0, False, 1, 1.0, True, "1", b"1", bytearray(b"1"), 1j, complex(0.0, -0.0), complex(-0.0, 0.0),
    [], (), set(), frozenset(), {}, [[]], ([],), [()], [[], []], [[[]]], ["a", "b"], ["ab"], ["a,b"], [["a"], "b"],
    {frozenset({1}), frozenset({2})}, {frozenset({1, frozenset({2})})}, {"a": {"b": 1}}, {"a": {}, "b": 1},
    OrderedDict(a=1, b=2), OrderedDict(b=2, a=1), Pair(1, 2), OtherPair(1, 2), Point(1, 2), Colour.RED, Shade.RED,
    np.array(1), np.array([1]), np.array([[1]]), np.int64(1), np.int32(1), np.zeros((2, 3)), np.zeros((3, 2)),
]  # fmt: skip


def scalars() -> st.SearchStrategy[Any]:
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-3, 3),
        st.integers(2**70, 2**2000),
        st.floats(),
        st.sampled_from([0.0, -0.0, 5e-324, -5e-324, math.inf, -math.inf, math.nan, 1.0, 0.1]),
        st.complex_numbers(),
        st.text(st.characters()),
        st.sampled_from(["é", "é", "", "0", "1.0", "None", "\ud800", "\U0001f600", "s1:a", "a;b[", "Å", "Å"]),
        st.binary(),
        st.binary(max_size=3).map(bytearray),
        st.sampled_from([*Colour, *Shade, *Level, *Right, Right.READ | Right.WRITE]),
        st.datetimes(timezones=st.sampled_from(ZONES)),
        st.dates(),
        st.times(timezones=st.sampled_from(ZONES[:3])),
        st.timedeltas(),
        st.sampled_from(ZONES[1:]),
        st.decimals(),
        st.sampled_from([Decimal("1.0"), Decimal("1.00"), Decimal("1"), Decimal("-0"), Decimal("sNaN7")]),
        st.fractions(),
        st.uuids(),
        st.text(st.sampled_from("ab/.\\ "), max_size=6).map(pathlib.PurePosixPath),
        st.text(st.sampled_from("ab/.\\ "), max_size=6).map(pathlib.PosixPath),
        st.text(st.sampled_from("ab/.\\ "), max_size=6).map(pathlib.PureWindowsPath),
        st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 3)),
        st.floats().map(Meters),
        st.text(max_size=3).map(Label),
        numpy_scalars(),
    )


def numpy_scalars() -> st.SearchStrategy[Any]:
    return st.sampled_from(DTYPES).map(np.dtype).flatmap(lambda dtype: npst.from_dtype(dtype))


def arrays() -> st.SearchStrategy[Any]:
    shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
    return st.sampled_from(DTYPES).flatmap(lambda dtype: npst.arrays(dtype, shapes))


def keys() -> st.SearchStrategy[Any]:
    return st.one_of(
        st.text(max_size=4), st.text(max_size=4), st.integers(-3, 3), st.floats(), st.booleans(), st.none()
    )


def values() -> st.SearchStrategy[Any]:
    return st.recursive(st.one_of(scalars(), scalars(), arrays()), containers, max_leaves=8)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    short = st.lists(inner, max_size=4)
    hashable = st.lists(keys(), max_size=4)
    return st.one_of(
        short,
        short.map(tuple),
        hashable.map(frozenset),
        hashable.map(set),
        st.dictionaries(keys(), inner, max_size=4),
        st.dictionaries(st.text(max_size=2), inner, max_size=3).map(MappingProxyType),
        st.dictionaries(st.text(max_size=2), inner, max_size=3).map(OrderedDict),
        st.builds(Pair, inner, inner),
        st.builds(OtherPair, inner, inner),
        st.builds(Point, inner, inner),
    )


def told_apart(value: Any) -> Any:
    """A hashable that is equal for two values exactly when they are meant to be the same; shares no code."""
    kind = type(value)
    tag = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.str, value.shape, tuple(told_apart(item) for item in value.ravel()))
    if isinstance(value, np.generic):
        return ("numpy", value.dtype.kind if value.dtype.kind in "US" else value.dtype.str, numpy_bits(value))
    if isinstance(value, enum.Enum):
        return (tag, str(value))
    if dataclasses.is_dataclass(value):
        return (tag, told_apart(value.left), told_apart(value.right))
    if isinstance(value, float):
        return (tag, "nan" if math.isnan(value) else struct.pack("<d", value))
    if isinstance(value, complex):
        return (tag, told_apart(value.real), told_apart(value.imag))
    if isinstance(value, OrderedDict):
        return (tag, tuple((told_apart(k), told_apart(v)) for k, v in value.items()))
    if isinstance(value, (dict, MappingProxyType)):
        return (tag, tuple(sorted((repr(told_apart(k)), repr(told_apart(v))) for k, v in value.items())))
    if isinstance(value, (set, frozenset)):
        return (tag, tuple(sorted(repr(told_apart(item)) for item in value)))
    if isinstance(value, (list, tuple)):
        return (tag, tuple(told_apart(item) for item in value))
    if isinstance(value, (datetime.datetime, datetime.time)):
        return (tag, value.isoformat(), value.fold, repr(value.tzinfo))
    return (tag, repr(value))


def numpy_bits(value: Any) -> Any:
    if value.dtype.kind == "f":
        return "nan" if np.isnan(value) else value.tobytes()
    if value.dtype.kind == "c":
        return (numpy_bits(value.real), numpy_bits(value.imag))
    return repr(value.item()) if value.dtype.kind in "USb" else value.tobytes()
