"""Identity: the same for the same values everywhere, another one for every other value, refused where there is none."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import math
import pathlib
import struct
import subprocess
import sys
import uuid
from collections import Counter, OrderedDict
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import values as kinds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_optbench.engine.identity.identity import RunIds, encode, fingerprint, run_id

HERE = pathlib.Path(__file__).parent


@given(kinds.values(), kinds.values())
def test_values_are_the_same_exactly_when_nothing_tells_them_apart(one: Any, two: Any) -> None:
    assert (encode(one) == encode(two)) == (kinds.told_apart(one) == kinds.told_apart(two))
    assert (fingerprint(one) == fingerprint(two)) == (encode(one) == encode(two))


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.lists(kinds.values(), min_size=30, max_size=60))
def test_no_two_of_many_values_share_an_identity(many: list[Any]) -> None:
    assert len(set(map(fingerprint, many))) == len(set(map(kinds.told_apart, many)))


@given(st.lists(kinds.scalars(), max_size=3), st.lists(kinds.scalars(), max_size=3))
def test_neighbours_never_run_into_each_other(left: list[Any], right: list[Any]) -> None:
    whole = {encode([left[:cut], left[cut:], right]) for cut in range(len(left) + 1)}
    assert len(whole) == len(left) + 1


LOOKALIKES = [
    *(0, False, 0.0, -0.0, "0", b"0", None, "", b"", (), [], {}, set(), frozenset(), 0j, "None", bytearray(b"0")),
    *(1, True, 1.0, "1", "1.0", b"1", (1,), [1], {1}, frozenset({1}), {1: 1}, {1: True}, {True: 1}, {1.0: 1}, {"1": 1}),
    *(np.float64(1), np.float32(1), np.int64(1), np.int32(1), np.bool_(True), np.str_("1"), np.bytes_(b"1")),
    *(np.array(1), np.array([1]), np.array([[1]]), np.array([1.0]), np.array(["1"]), np.array([1], ">i8")),
    *(np.zeros((0, 2)), np.zeros((2, 0)), np.zeros(0), np.dtype("f8"), np.dtype("f4"), "float64"),
    *(Decimal(1), Decimal("1.0"), kinds.Level.LOW, kinds.Colour.RED, kinds.Shade.RED, kinds.Right.READ, "RED"),
    *(kinds.Pair(1, 2), kinds.OtherPair(1, 2), kinds.Point(1, 2), (1, 2), [1, 2], {"left": 1, "right": 2}),
    *(pathlib.PurePosixPath("a"), pathlib.PosixPath("a"), pathlib.PureWindowsPath("a"), "a", "A", b"a"),
    *("é", "e\u0301", "\ud800", "\udc00", "\ud800\udc00", "\U00010000", "\ufeff"),
    *(datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)),
    *(datetime.datetime(2020, 1, 1, fold=1), datetime.timedelta(1), datetime.timedelta(seconds=1), datetime.time(1)),
    *(kinds.Meters(1), kinds.Label("a"), Counter("a"), OrderedDict(a=1), MappingProxyType({"a": 1}), {"a": 1}),
    *(OrderedDict(a=1, b=2), OrderedDict(b=2, a=1), {"a": {"b": 1}}, {"a.b": 1}, {"a": 1, "b": {}}, {"a": {1: 2}}),
    *([[], []], [[[]]], [[], [[]]], [[[]], []], ["a", "b"], ["ab", ""], ["a,b"], ["s1:a"], [("a", 1)]),
    *(
        5e-324,
        -5e-324,
        2.0**-1022,
        math.inf,
        -math.inf,
        math.nan,
        10**400,
        -(10**400),
        10**400 + 1,
        range(3),
        [0, 1, 2],
    ),
]


def test_lookalikes_are_all_different() -> None:
    seen: dict[bytes, Any] = {}
    for value in LOOKALIKES:
        other = seen.setdefault(encode(value), value)
        assert other is value, f"{value!r} has the identity of {other!r}"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"b": 2, 1: "x", None: 3}, {None: 3, 1: "x", "b": 2}),
        ({"x", 1, 2.5}, {2.5, "x", 1}),
        (math.nan, struct.unpack("<d", b"\x01\0\0\0\0\0\xf8\xff")[0]),
        (np.float32("nan"), -np.float32("nan")),
        (np.array([1, np.nan]), np.array([1, -np.nan])),
        (np.array([complex(0, math.nan)]), np.array([complex(0, -math.nan)])),
        (np.arange(10)[::2], np.array([0, 2, 4, 6, 8])),
        (np.asfortranarray(np.arange(6).reshape(2, 3)), np.arange(6).reshape(2, 3)),
        (np.array(7), np.arange(10)[7:8].reshape(())),
        (np.dtype("int64"), np.dtype("longlong")),
        (np.str_(""), np.array([""])[0]),
        (kinds.Right(3), kinds.Right.WRITE | kinds.Right.READ),
    ],
)
def test_what_is_the_same_has_one_identity(one: Any, two: Any) -> None:
    assert encode(one) == encode(two)


def test_padding_and_field_order_in_structured_arrays() -> None:
    padded = np.dtype({"names": ["a", "b"], "formats": ["i1", "f8"], "offsets": [0, 8]})
    one, two = np.zeros(2, padded), np.full(2 * padded.itemsize, 255, "u1").view(padded)
    two["a"], two["b"] = 0, 0
    assert encode(one) == encode(two)
    assert encode(one) != encode(np.zeros(2, [("b", "f8"), ("a", "i1")]))
    assert encode(one[0]) != encode(one[:1])
    two["b"][1] = 1
    assert encode(one) != encode(two)
    nested = np.zeros(2, [("x", "f4", (3,))])
    assert encode(nested) != encode(np.zeros(2, [("x", "f4", (1,))]))


def test_arrays_differ_by_content_shape_and_dtype() -> None:
    base = np.arange(12.0)
    changed = base.copy()
    changed[11] = np.nextafter(11, 12)
    versions = [base, changed, base.reshape(3, 4), base.reshape(4, 3), base.astype("f4"), base.astype(">f8"), base[:11]]
    assert len({encode(version) for version in versions}) == len(versions)


def test_keys_that_are_nearly_strings_are_not_strings() -> None:
    assert len({encode({name: 1}) for name in ("a", np.str_("a"), kinds.Label("a"), b"a")}) == 4
    assert encode({kinds.Label("b"): 1, "a": 2}) == encode({"a": 2, kinds.Label("b"): 1})


def test_integers_of_any_length_have_an_identity() -> None:
    huge = 7 ** (10**5)  # far more digits than str(int) accepts
    assert encode(huge) != encode(huge + 1)
    assert encode(-huge) != encode(huge)


def test_deep_but_finite_nesting_has_an_identity() -> None:
    value: Any = 1
    for _ in range(100):
        value = [value]
    assert encode(value) != encode([value])


def test_a_fingerprint_is_128_bits() -> None:
    assert len(bytes.fromhex(fingerprint({"a": 1}))) == 16
    assert len(bytes.fromhex(run_id("e:1", "0" * 32, "1" * 32, "2" * 32, "3" * 32))) == 16


def test_every_part_of_a_run_id_counts() -> None:
    parts = ["name:1", fingerprint(1), fingerprint(2), fingerprint(3), fingerprint(4)]
    ids = {run_id(*parts)}
    for position in range(5):
        changed = list(parts)
        changed[position] = fingerprint("changed")
        ids.add(run_id(*changed))
    swapped = [parts[0], parts[1], parts[3], parts[2], parts[4]]
    assert len(ids | {run_id(*swapped)}) == 7
    assert RunIds(parts[0], parts[1], parts[4]).of(parts[2], parts[3]) == run_id(*parts)


def test_identities_are_the_same_for_ever() -> None:
    """Stored runs are known by these: they may not change."""
    params = {"lr": 0.1, "n": 3, "name": "adam", "on": True, "off": None, "x": np.arange(3.0), "t": (1, [2])}
    assert fingerprint(params) == KNOWN[0]
    assert run_id("a:1", KNOWN[0], KNOWN[0], KNOWN[0], KNOWN[0]) == KNOWN[1]


CHILD = """
import sys; sys.path.insert(0, {here!r})
from test_identity import LOOKALIKES
from pytest_optbench.engine.identity.identity import fingerprint
print(*map(fingerprint, LOOKALIKES))
"""


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_identities_are_the_same_in_every_process(hash_seed: str) -> None:
    code = CHILD.format(here=str(HERE))
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == list(map(fingerprint, LOOKALIKES))


def test_identity_does_not_load_numpy() -> None:
    code = "import sys, pytest_optbench.engine.identity.identity as i; i.encode([1.5]); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_class_of_a_script_is_the_same_in_its_workers() -> None:
    parts = {"__annotations__": {"x": int}, "__qualname__": "Same"}
    classes = [dataclasses.dataclass(type("Same", (), {**parts, "__module__": m})) for m in ("__main__", "__mp_main__")]
    assert encode(classes[0](1)) == encode(classes[1](1))  # type: ignore[call-arg]


def test_every_kind_begins_with_a_character_of_its_own() -> None:
    """Distinct first characters, and parts that carry their length or end, are why no two encodings are equal."""
    families = (enum.Flag, enum.Enum, pathlib.PurePath, np.str_, np.bytes_, np.generic, np.dtype)
    kinds_of: dict[str, set[str]] = {}
    for value in [*LOOKALIKES, 1j, Decimal(1), Fraction(1), uuid.UUID(int=1), *kinds.ZONES[1:]]:
        tag = encode(value).decode("utf-8", "surrogatepass")[0]
        family = next((family for family in families if isinstance(value, family)), type(value))
        kinds_of.setdefault(tag, set()).add(family.__name__)
    shared = {tag: sorted(names) for tag, names in kinds_of.items() if len(names) > 1}
    assert shared == {"D": ["OtherPair", "Pair"], "S": ["Counter", "Label", "Meters"], "v": ["bytes_", "str_"]}
    assert len(kinds_of) == 36


KNOWN = ["6dc8a1d9579d50b01821bc3cbc81097e", "94047cbb38f69c7c23111d2329715cf3"]
