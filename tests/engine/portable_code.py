"""Code and values of many kinds, whose identity is the same in every version of Python; run as a script it tells them.

python portable_code.py FOLDER MODULE    as JSON: name -> identity of what is in this file and in another module
"""

# Odd ways to write code are its purpose.
# ruff: noqa: B006, B007, B008, B905, C416, E731, ISC001, PTH123, PYI024
# fmt: off

from __future__ import annotations

import abc
import collections
import contextlib
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import importlib
import itertools
import json
import math
import os
import pathlib
import random
import statistics
import sys
import typing
import uuid
from types import FunctionType
from typing import Any

SCALE = 2.5


@dataclasses.dataclass
class Plain:
    x: int
    y: float = SCALE
    z: list[int] = dataclasses.field(default_factory=list, repr=False)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Frozen:
    """The first line,
    and a second with an indentation.
    """

    x: int
    make: Any = dataclasses.field(default_factory=lambda: [1, 2])

    def norm(self):
        return self.x * SCALE


class Colour(enum.Enum):
    RED = 1
    BLUE = 2

    def dark(self):
        return f"{self.name}"


class Bits(enum.IntFlag):
    A = 1
    B = 2


class Shouted(enum.StrEnum):
    @staticmethod
    def _generate_next_value_(name, *_):
        return name * 2

    A = enum.auto()


class Named(typing.NamedTuple):
    a: int
    b: str = "x"


class Base(abc.ABC):
    @abc.abstractmethod
    def go(self): ...


class Child(Base):
    def go(self):
        return super().go()


@functools.total_ordering
class Members:
    __slots__ = ("a",)

    @property
    def b(self):
        return 2

    @staticmethod
    def c():
        return 3

    @classmethod
    def d(cls):
        return 4

    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return False

    shifted = lambda self: self.b + 1


class Cached:
    @functools.cached_property
    def a(self):
        return 1


class Goes(typing.Protocol):
    def go(self) -> int: ...


class Typed(typing.TypedDict):
    a: int


class Outer:
    class Inner:
        x = 1

    def inner(self):
        return Outer.Inner


Pair = collections.namedtuple("Pair", "a b", defaults=[3])
Made = enum.Enum("Made", "A B")


def f_strings(n):
    return f"{n!r:>{n}} {'a' if n else 'b'} {{}} {n=} {n + 1 = :.2f}" f"{f'{n:{n}}'} \n" "plain" f'"{n}" {n:} it\'s'


def f_quotes(n):
    return f"{n['a']}" + f'{n["a"]} it''s' + f"""{n["x"]} '' "" """ + f"\t{n}\\{n}é\x00'"


def literals(n):
    return 'a"b', "it's", "\\", b"\x00x", """many
    lines""", 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF, 1.5e-320, 1e400, 1j, 1_000, "\U0001fae8 \u200b", ..., None, ()


def dataclasses_used(n):
    return Plain(n), Frozen(n)


def enums_used(n):
    return Colour(n).dark(), Bits.A | Bits.B, Shouted.A


def made_enum_used(n):
    return Made.A


def named_tuples_used(n):
    return Named(n)


def made_named_tuple_used(n):
    return Pair(n)


def abstract_used(n):
    return Child().go()


def members_used(n):
    return Members().b


def cached_used(n):
    return Cached().a


def protocols_used(n):
    return Goes, Typed(a=1)


def inner_classes_used(n):
    return Outer().inner()


def matched(n):
    match n:
        case {"a": [1, *rest], **others}:
            return rest, others
        case Plain(x=1) | Frozen(x=2) as found if found:
            return found
        case (1 | -2j) | None | "x":
            return 0
        case _:
            return 1


filtered = lambda x: [y for y in x if y > SCALE]
lambdas = {"a": lambda x: x + 1, "b": (lambda y, *a, k=3, **kw: f"{y}"), "c": lambda: (lambda z: z)}


def lambdas_used(n):
    return lambdas["a"](n), filtered([n])


def comprehensions(n):
    return {a: b for a, b in zip(n, n)}, {a for a in n}, (x for x in n if x), [[y for y in x] for x in n]


def around(k):
    def closed(n):
        return n * k

    return closed


closure = around(3)
in_lambda = around(lambda x: x * SCALE)


def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@wrapping
def decorated(n, m=(1, 2.0), *, z={"a": 1}, col=Colour.RED, d=Frozen(3, make=None), call=filtered):
    return n


def odd_defaults(n, s=frozenset({"a", "b"}), c=collections.OrderedDict(a=1), e=Bits.A, p=pathlib.PurePosixPath("a")):
    return s


@functools.lru_cache(maxsize=3)
def kept(n):
    return n


def kept_used(n):
    return kept(n)


@contextlib.contextmanager
def entered(n):
    yield n


def entered_used(n):
    with entered(n):
        return n


@functools.singledispatch
def dispatched(n):
    return 1


@dispatched.register
def _of_int(n: int):
    return 2


def dispatched_used(n):
    return dispatched(n)


part = functools.partial(around, 3)


def partials_used(n):
    return part


members = {"dark": Colour.dark, "object": Plain(3), "method": Members.d}


def members_table(n):
    return members


builtin = [math.sin, len, str.upper, itertools.chain, os.getcwd, print, "".join, filtered]


def builtin_table(n):
    return builtin


def library_defaults(n, f=json.dumps, g=os.path.join, k=statistics.mean, r=random.random, t=pathlib.Path, b=dict.get):
    return n


def statements(n: int | None = None, /, *a: int, **k: str) -> dict[str, int]:
    """The first line,
        and a second with an indentation.
    """
    x: int = 3
    if (y := n) and not x:
        del x
    try:
        print(a[1:2, ..., ::3], *a, **k)
    except* (ValueError, TypeError) as error:
        raise RuntimeError from error
    else:
        y = 1
    finally:
        y = 2
    for i, in n:
        break
    while n:
        continue
    with (open("a") as f, open("b")):
        pass

    async def inner():
        async with f as g:
            return [await z async for z in x], *g

    return -(x**-y), not (x and y) or i, x < y <= n, (yield), inner


VALUES: dict[str, Any] = {
    "floats": [0.1, 1e22, -0.0, 5e-324, math.inf, math.nan, 1e16, 123456789.123456789],
    "numbers": [10**40, True, 1j, complex(-0.0, math.inf), decimal.Decimal("1.10"), fractions.Fraction(1, 3)],
    "texts": ["é", "e\u0301", "\U0001fae8", "\udc80", b"\x00", bytearray(b"a")],
    "enums": [Colour.RED, Bits.A | Bits.B, Bits(0), Shouted.A, Made.B],
    "records": [Plain(1), Frozen(2, make=(1, 2)), Named(1), Pair(1)],
    "containers": [{"a": {1: (2,)}}, {1, 2.0}, frozenset("ab"), collections.OrderedDict(b=1, a=2), range(3)],
    "times": [
        datetime.datetime(2024, 1, 2, 3, tzinfo=datetime.UTC),
        datetime.timedelta(microseconds=1),
        datetime.date(2024, 1, 2),
    ],
    "others": [pathlib.PurePosixPath("a/b"), pathlib.Path("c"), uuid.UUID(int=7), None],
}


def identities(module: Any) -> dict[str, str]:
    """The identity of every function of a module."""
    from pytest_optbench.engine.identity.code import code_hash

    own = {name: item for name, item in vars(module).items() if isinstance(item, FunctionType)}
    return {name: code_hash(item) for name, item in own.items() if item.__module__ == module.__name__}


def main(folder: str, other: str) -> None:
    sys.path.insert(0, folder)
    from pytest_optbench.engine.identity.identity import fingerprint

    found = identities(importlib.import_module("portable_code"))
    found |= {name: fingerprint(value) for name, value in importlib.import_module("portable_code").VALUES.items()}
    print(json.dumps(found | (identities(importlib.import_module(other)) if other else {})))


if __name__ == "__main__":
    main(*sys.argv[1:])
