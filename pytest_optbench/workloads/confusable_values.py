"""Values that are easily confused, which a runner's ids have to distinguish.

Classes are at module level, so that worker processes find them.
"""

from __future__ import annotations

import datetime
import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from pytest_optbench.stress.witness.canonical import canonical
from pytest_optbench.text import short_repr


class Colour(Enum):
    """An enumeration with plain values."""

    RED = 1
    BLUE = 2


class Shade(Enum):
    """The same names and values in another class."""

    RED = 1
    BLUE = 2


class Level(IntEnum):
    """An enumeration whose members are integers."""

    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Point:
    """A dataclass of one field."""

    x: int = 1


@dataclass(frozen=True)
class Pixel:
    """The same field in another class."""

    x: int = 1


def pair_text(pair: Sequence[object]) -> str:
    """Return the name of a pair of values for a list of those that were confused."""
    return " and ".join(short_repr(value, 40) for value in pair)


def _long(changed: int | None = None) -> Any:
    """Return an array so long that its text omits the middle."""
    values = np.zeros(5000)
    if changed is not None:
        values[changed] = 1.0
    return values


_PAIR = [("a", "<i4"), ("b", "<i4")]
_ZONE = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
COMPOSED = unicodedata.normalize("NFC", "é")
DECOMPOSED = unicodedata.normalize("NFD", "é")

# Two values in each row, which make different experiments.
PAIRS: tuple[tuple[Any, Any], ...] = (
    (1, 1.0),
    (1, True),
    (0, False),
    (1, "1"),
    (1.0, "1.0"),
    (True, "True"),
    (None, "None"),
    (None, "null"),
    (None, ""),
    (0.0, -0.0),
    (0.0, 5e-324),
    (0.1 + 0.2, 0.3),
    (2**53, 2**53 + 1),
    (2**64, 0),
    (2**63, float(2**63)),
    (math.inf, -math.inf),
    (math.inf, "inf"),
    (math.nan, "nan"),
    (math.nan, None),
    (1j, "1j"),
    ([1], (1,)),
    ([1], 1),
    ([], ()),
    ([[1], 2], [1, [2]]),
    (["a,b"], ["a", "b"]),
    ({}, None),
    ({1: 0}, {"1": 0}),
    ({"a": {"b": 1}}, {"a.b": 1}),
    ({1, 2}, [1, 2]),
    ({1, 2}, frozenset({1, 2})),
    (b"a", "a"),
    (b"a", "b'a'"),
    (b"a", {"__bytes__": "61"}),
    (COMPOSED, DECOMPOSED),
    ("a", "a\x00"),
    ("a", "A"),
    (Path("a"), "a"),
    (Colour.RED, "RED"),
    (Colour.RED, 1),
    (Colour.RED, Shade.RED),
    (Level.LOW, 1),
    (Point(), {"x": 1}),
    (Point(), Pixel()),
    (Decimal("1.0"), Decimal("1.00")),
    (Fraction(1, 2), 0.5),
    (datetime.date(2020, 1, 1), "2020-01-01"),
    (datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1)),
    (range(3), [0, 1, 2]),
    (np.float64(1.0), np.float32(1.0)),
    (np.int64(1), np.int32(1)),
    (np.arange(3), [0, 1, 2]),
    (np.arange(3), np.arange(3.0)),
    (np.arange(4), np.arange(4).reshape(2, 2)),
    (_long(), _long(changed=2500)),
    (np.zeros(2, dtype=[("a", "<i4")]), np.zeros(2, dtype=[("b", "<i4")])),
    (np.zeros(1, dtype=_PAIR), np.array([(0, 1)], dtype=_PAIR)),
    (np.array("a"), np.array("b")),
    (np.datetime64("2020-01-01"), np.datetime64("2020-01-02")),
    (np.arange(4)[::2], np.arange(2)),
    (1j, -1j),
    (datetime.timedelta(1), datetime.timedelta(2)),
    (datetime.time(1), datetime.time(1, 1)),
    (datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)),
    (datetime.datetime(2020, 1, 1, tzinfo=_ZONE), datetime.datetime(2020, 1, 2, tzinfo=_ZONE)),
)

# Equal values that were built in another order.
REORDERED: tuple[tuple[Any, Any], ...] = (
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({"o": {"a": 1, "b": 2}}, {"o": {"b": 2, "a": 1}}),
    ([{"a": 1, "b": [2]}], [{"b": [2], "a": 1}]),
    ({0, 8, 16}, {16, 8, 0}),
    (frozenset(("x", "y", "z")), frozenset(("z", "y", "x"))),
    ({frozenset((0, 8)), frozenset((1, 9))}, {frozenset((9, 1)), frozenset((8, 0))}),
    ({Colour.RED, Colour.BLUE}, {Colour.BLUE, Colour.RED}),
    ({2: "a", 1: "b"}, {1: "b", 2: "a"}),
)


def confusable_values(value: Any) -> Iterator[Any]:
    """Yield values that a careless encoding may confuse with `value`, and that differ from it."""
    text = canonical(value)
    for near in _near(value):
        if canonical(near) != text:
            yield near


def _near(value: Any) -> Iterator[Any]:
    yield str(value)
    yield repr(value)
    yield [value]
    for kinds, similar in _SIMILAR:
        if isinstance(value, kinds):
            yield from similar(value)


def _of_number(value: Any) -> Iterator[Any]:
    if math.isfinite(value) and abs(value) < 2**1000:
        yield float(value)
        yield int(value)
        yield -value
    yield bool(value)


def _of_text(value: str) -> Iterator[Any]:
    yield value.encode("utf-8", "surrogatepass")
    yield unicodedata.normalize("NFC", value)
    yield unicodedata.normalize("NFD", value)
    yield value.strip()
    yield Path(value)


def _of_sequence(value: Any) -> Iterator[Any]:
    yield list(value)
    yield tuple(value)
    yield [*value, None]
    yield ",".join(map(str, value))


def _of_mapping(value: Mapping[Any, Any]) -> Iterator[Any]:
    yield {str(name): item for name, item in value.items()}
    yield list(value.items())
    yield {**value, "": None}


def _of_object(value: Any) -> Iterator[Any]:
    if isinstance(value, Enum):
        yield value.value
        yield value.name
    if is_dataclass(value) and not isinstance(value, type):
        yield asdict(value)
    if isinstance(value, bytes):
        yield value.decode("latin-1")
        yield value.hex()
    if isinstance(value, np.generic | np.ndarray):
        yield value.tolist()


_SIMILAR: tuple[tuple[Any, Callable[[Any], Iterator[Any]]], ...] = (
    ((int, float), _of_number),
    (str, _of_text),
    ((list, tuple, set, frozenset), _of_sequence),
    (Mapping, _of_mapping),
    ((Enum, Point, Pixel, bytes, PurePath, np.generic, np.ndarray), _of_object),
)
