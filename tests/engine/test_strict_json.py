"""Strict JSON: every value comes back equal and of its type, any JSON reader can read it, and nothing in it is run."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import math
import pathlib
import uuid
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_optbench.engine.encoding.strict_json import Opaque, dumps, json_copy, loads
from pytest_optbench.errors import InvalidInputError

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters()), st.binary(), st.complex_numbers(),
    st.binary(max_size=3).map(bytearray), st.datetimes(), st.datetimes(timezones=st.just(datetime.UTC)), st.dates(),
    st.times(), st.timedeltas(), st.decimals(allow_nan=False), st.fractions(), st.uuids(),
    st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 3)),
    st.sampled_from(["$", "v", "\ud800", "\u2028", 2**53, 2**53 + 1, -(2**53) - 1, -0.0, math.inf, pathlib.Path("a")]),
)  # fmt: skip
KEYS = st.one_of(st.text(max_size=3), st.sampled_from(["$", "v", "\ud800"]), st.integers(-3, 3), st.none(), st.floats())


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    few = st.lists(inner, max_size=3)
    return st.one_of(
        few,
        few.map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
        st.lists(KEYS, max_size=3).map(set),
        st.lists(KEYS, max_size=3).map(frozenset),
    )


VALUES = st.recursive(SCALARS, containers, max_leaves=10)


def shape(value: Any) -> Any:
    """Something equal for equal values of equal types, where NaN equals itself and -0.0 is not 0.0."""
    if isinstance(value, dict):
        return (dict, [(shape(name), shape(item)) for name, item in value.items()])
    if isinstance(value, list | tuple):
        return (type(value), [shape(item) for item in value])
    if isinstance(value, set | frozenset):
        return (type(value), sorted(repr(shape(item)) for item in value))
    return (type(value), repr(value))


def any_reader(text: str) -> Any:
    """What a reader that knows nothing of us gets; it refuses NaN and inf, and keeps whole numbers as floats."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


@given(VALUES)
@example({"$": "int", "v": "1"})
@example({"$": 1})
@example([{"a": {"$": "stored", "v": ["os:system", "x"]}}])
@example({1: "int", "1": "str", None: "none", 2.5: "float"})
def test_a_value_comes_back_equal_and_of_its_type(value: Any) -> None:
    text = dumps(value)
    assert shape(loads(text)) == shape(value)
    assert shape(loads(text.encode())) == shape(value)
    assert text.isascii()
    assert "\n" not in text
    any_reader(text)


@given(VALUES)
def test_it_is_written_the_same_way_again(value: Any) -> None:
    assert dumps(loads(dumps(value))) == dumps(value)


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**53 + 1, 2**63, -(10**400)])
def test_no_reader_rounds_a_whole_number(number: int) -> None:
    found = any_reader(dumps(number))
    assert found == number if abs(number) <= 2**53 else found == {"$": "int", "v": hex(number)}


@pytest.mark.parametrize(
    "value",
    [
        np.float64(0.1), np.float32("nan"), np.int8(-3), np.bool_(True), np.str_("a"), np.datetime64("2020-01-01"),
        np.arange(6).reshape(2, 3), np.zeros((0, 2)), np.array(["a", "\u00e9"]), np.array(3.0), np.arange(6)[::-2],
        np.array([1 + 2j]), np.asfortranarray(np.arange(6).reshape(2, 3)), np.arange(3, dtype=">i4"),
    ],
)  # fmt: skip
def test_numpy_values_keep_dtype_and_shape(value: Any) -> None:
    back = loads(dumps({"in": [value]}))["in"][0]
    assert type(back) is type(value)
    assert (back.dtype, back.shape) == (value.dtype, value.shape)
    np.testing.assert_array_equal(back, value)


def test_an_array_that_comes_back_can_be_written_to() -> None:
    loads(dumps(np.arange(3)))[0] = 7


class Label(str):
    def __str__(self) -> str:
        return "something else"


class Level(enum.IntEnum):
    LOW = 1


@pytest.mark.parametrize(
    ("value", "builtin"),
    [
        (Label("a"), "a"),
        (Level.LOW, 1),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (pathlib.PurePosixPath("a"), pathlib.Path("a")),
    ],
)
def test_a_subclass_comes_back_as_its_builtin(value: Any, builtin: Any) -> None:
    assert shape(loads(dumps(value))) == shape(builtin)


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: Any


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no")


UNFAITHFUL = [
    object(),
    print,
    Colour.RED,
    Point(1),
    Unprintable(),
    np.array([object()]),
    np.ma.masked_array([1], [True]),
]


@pytest.mark.parametrize("value", [np.ma.masked, np.ma.masked_array(1.5, True)], ids=["constant", "no dimensions"])
def test_a_masked_number_is_no_number(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="metric 'm' of type"):
        json_copy(value, "metric 'm'")


@pytest.mark.parametrize("value", UNFAITHFUL, ids=lambda value: type(value).__name__)
def test_what_would_not_come_back_equal_is_refused_by_its_path(value: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"metric 'm'\.deep\[1\] of type"):
        dumps({"deep": [0, value]}, "metric 'm'")


@pytest.mark.parametrize("value", UNFAITHFUL, ids=lambda value: type(value).__name__)
def test_lenient_it_is_described_instead(value: Any) -> None:
    back = loads(dumps([value], lenient=True))[0]
    assert isinstance(back, Opaque)
    assert back.type.endswith(type(value).__qualname__)
    assert loads(dumps([Point(Colour.RED)], lenient=True))[0].value["x"].value == ["RED", 1]


def test_a_value_that_contains_itself_is_refused() -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(InvalidInputError, match="contains itself"):
        dumps(ring, "artifact 'ring'")
    with pytest.raises(InvalidInputError, match="contains itself"):
        dumps(ring, lenient=True)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "NaN", "[Infinity]", "-Infinity", '{"$":"nosuchtag","v":1}', '{"$":"int"}', '{"$":"int","v":1,"w":2}',
        '{"$":"int","v":[1]}', '{"$":["int"],"v":1}', '{"$":"fraction","v":["0x1","0x0"]}', '{"$":"float","v":"1.0"}',
        '{"$":"array","v":["O",[1],"AAAAAAAAAAA="]}', '{"$":"array","v":["<f8",[2],"AAAAAAAAAAA="]}',
        '{"$":"array","v":[[["a","O"]],[1],""]}', '{"$":"dict","v":[1]}', '{"$":"bytes","v":"="}', "[" * 100_000,
        '{"$":"set","v":[[1]]}', '{"$":"stored","v":[]}', '{"$":"str","v":"zz"}', '{"$":"uuid","v":"x"}', b"\xff",
        '{"$":"decimal","v":"x"}', '{"$":"range","v":[0,1,0]}', '{"$":"timedelta","v":["x"]}',
        '{"$":"uuid","v":5}', '{"$":"time","v":["00:00:00",2]}', '{"$":"datetime","v":1}', '{"$":"bytes","v":"AA==!"}',
    ],
)  # fmt: skip
def test_any_other_text_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of any message
        loads(text)


@pytest.mark.parametrize(
    "dtype",
    ["f8,,", "f8,i4", "(a", "{", "(1 2)f8", "(1,)(2,)f8", "2**9f8", "(lambda:0)f8", "float", "", "<f", "<U" + "9" * 30,
     "<U999999999", "|S0", "<f7", "<M8[%s]", "<M8[9999999999999999999s]", "<M8[lightyear]", "<\u0663f8", "<f8\n"],
)  # fmt: skip
def test_what_is_no_plain_array_type_is_a_value_error(dtype: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of any message
        loads(json.dumps({"$": "array", "v": [dtype, [1], "AAAAAAAAAAA="]}))


@pytest.mark.parametrize("shape", [["a"], [2], [10**18], [0, 10**30], [1.5], "x", [[1]]])
def test_what_is_no_shape_is_a_value_error(shape: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of any message
        loads(json.dumps({"$": "array", "v": ["<f8", shape, "AAAAAAAAAAA="]}))


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25s"])
@pytest.mark.parametrize("kind", ["<M8", ">m8"])
def test_dates_keep_their_unit(kind: str, unit: str) -> None:
    value = np.zeros(2, f"{kind}[{unit}]")
    assert loads(dumps(value)).dtype == value.dtype


def test_reading_imports_and_calls_nothing_that_the_text_names() -> None:
    back = loads('{"$":"stored","v":["antigravity:fly","now"]}')
    assert back == Opaque("antigravity:fly", "now")


@given(VALUES)
def test_a_detached_value_is_a_copy_as_it_will_be_read(value: Any) -> None:
    assert shape(json_copy(value, "metric 'm'")) == shape(value)


def test_a_detached_value_does_not_change_with_the_original() -> None:
    value = {"a": [1]}
    kept = json_copy(value, "metric 'm'")
    value["a"].append(2)
    assert kept == {"a": [1]}


@pytest.mark.parametrize("scalar", [np.float64(0.5), np.int32(7), np.bool_(True), np.array(2.5), np.str_("a")])
def test_a_detached_numpy_scalar_is_the_python_number(scalar: Any) -> None:
    kept = json_copy(scalar, "metric 'm'")
    assert type(kept) in (float, int, bool, str)
    assert kept == scalar


@pytest.mark.parametrize("text", [np.str_("a\0"), np.str_("\0"), np.bytes_(b"a\0\0")], ids=range(3))
def test_text_of_numpy_keeps_its_last_characters(text: Any) -> None:
    builtin = str.__str__(text) if isinstance(text, str) else bytes(text)
    for back in (json_copy(text, "metric 'm'"), loads(dumps([text]))[0]):
        assert type(back) is type(builtin)
        assert back == builtin


@pytest.mark.parametrize("value", [np.timedelta64(5, "ns"), np.datetime64(5, "s"), np.array(5, "m8[us]")])
def test_a_detached_date_of_numpy_keeps_its_unit(value: Any) -> None:
    back = json_copy(value, "metric 'm'")
    assert (back.dtype, back) == (value.dtype, value)


def test_the_tags_of_dates_and_ids_are_plain_text() -> None:
    value = [datetime.date(2026, 1, 2), uuid.UUID(int=1), Decimal("1.50"), Fraction(1, 3)]
    assert [item["v"] for item in any_reader(dumps(value))] == [
        "2026-01-02",
        "00000000-0000-0000-0000-000000000001",
        "1.50",
        ["0x1", "0x3"],
    ]
