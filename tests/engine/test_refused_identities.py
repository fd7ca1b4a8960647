"""What has no faithful identity is refused, by name; what only looks like that is not."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import io
import sys
import threading
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np
import pytest
import values as kinds

from pytest_optbench.engine.identity.identity import encode, fingerprint
from pytest_optbench.errors import IdentityError


@dataclasses.dataclass
class Node:
    next: Any = None


def cyclic() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    node = Node()
    node.next = node
    mapping: dict[str, Any] = {}
    mapping["self"] = mapping
    return [loop, node, mapping]


@pytest.mark.parametrize("value", cyclic(), ids=["list", "dataclass", "dict"])
def test_what_contains_itself_is_refused(value: Any) -> None:
    with pytest.raises(IdentityError, match="contains itself"):
        encode(value)


class Opaque:
    pass


class Noted(dict):  # type: ignore[type-arg]
    """A dict that carries more than its entries."""


class Slotted(tuple):  # type: ignore[type-arg]
    __slots__ = ()


class Weighted(list):  # type: ignore[type-arg]
    __slots__ = ("weight",)


class Weighed(kinds.OtherPair):
    """No dataclass itself: its instances hold more than the fields."""

    weight: Any

    @functools.cached_property
    def total(self) -> Any:
        return self.left + self.right


class Slotting(kinds.OtherPair):
    __slots__ = ("weight",)
    weight: Any


class Place(kinds.Point):
    """A named tuple whose instances can hold more than the fields."""


class Ordered(OrderedDict[str, int]):
    """Keeps its order, as its base does."""


def heavier(value: Any) -> Any:
    value.weight = 1
    return value


def without_a_field() -> kinds.OtherPair:
    pair = kinds.OtherPair(1, 2)
    del pair.right
    return pair


@pytest.mark.parametrize("value", [heavier(kind(1, 2)) for kind in (Weighed, Slotting, Place)], ids=type)
def test_what_holds_more_than_its_fields_is_refused_by_name(value: Any) -> None:
    with pytest.raises(IdentityError, match=r"\['x'\]: .*holds 'weight' besides its fields"):
        encode({"x": value})


def test_a_field_that_is_not_set_is_refused_by_name() -> None:
    with pytest.raises(IdentityError, match=r"\['x'\]\.right: .*not set"):
        encode({"x": without_a_field()})


def test_a_cached_property_is_no_content() -> None:
    asked = Weighed(1, 2)
    assert asked.total == 3
    assert encode(asked) == encode(Weighed(1, 2)) != encode(kinds.OtherPair(1, 2))


def test_a_subclass_of_an_ordered_dict_keeps_its_order() -> None:
    assert encode(Ordered(a=1, b=2)) == encode(Ordered(a=1, b=2)) != encode(Ordered(b=2, a=1))


def refused() -> list[Any]:
    noted = Noted(a=1)
    noted.note = "x"  # type: ignore[attr-defined]
    generator = (item for item in ())
    return [
        *(
            len,
            lambda: 1,
            cyclic,
            functools.partial(int, 3),
            Opaque(),
            Opaque,
            int,
            object(),
        ),
        *(
            io.BytesIO(),
            generator,
            threading.Lock(),
            memoryview(b"a"),
            iter([]),
            slice(1),
            ...,
            sys,
            noted,
            Weighted([3]),
        ),
        *(defaultdict(list), np.array([object()]), np.array([1], dtype=object), np.longdouble(1), np.zeros(1, "g")),
        *(
            np.ma.array([1.0]),
            np.random.default_rng(0),
            np.zeros(1, [("a", "O")]),
            np.array(["a"], np.dtypes.StringDType()),
        ),
        datetime.datetime(2020, 1, 1, tzinfo=type("Zone", (datetime.tzinfo,), {"utcoffset": lambda *_: None})()),
    ]


@pytest.mark.parametrize("value", refused(), ids=lambda value: type(value).__name__)
def test_what_has_no_faithful_identity_is_refused(value: Any) -> None:
    with pytest.raises(IdentityError):
        encode(value)
    with pytest.raises(IdentityError):
        encode(value)  # the second time too, when the type is known


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (len, "value: "),
        ({"lr": [1, {"f": len}]}, r"\['lr'\]\[1\]\['f'\]: "),
        ({1: len}, r"\[1\]: "),
        (kinds.Pair(1, (len,)), r"\.right\[0\]: "),
        (kinds.Point(len, 1), r"\.x: "),
        (frozenset({len}), r"\{\}: "),
        (np.zeros(1, [("a", "O")]), "value: an array of object"),
    ],
)
def test_the_path_of_what_is_refused_is_named(value: Any, path: str) -> None:
    with pytest.raises(IdentityError, match=path):
        fingerprint(value)


def test_subclasses_of_builtins_count_by_class_and_content() -> None:
    assert encode(Slotted((1, 2))) == encode(Slotted((1, 2))) != encode((1, 2))
    assert encode(Noted(a=1)) != encode({"a": 1})
    loud = type("Loud", (str,), {"__len__": lambda self: 0, "__str__": lambda self: "x", "__format__": lambda *_: "y"})
    assert encode(loud("ab")) != encode(loud("cd"))
