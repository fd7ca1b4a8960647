"""Encoders for the less common types; found once a type, then kept in `identity.ENCODERS`.

Every kind of value begins with a character of its own:

    i int    s str     f float    T F bool   N None   b bytes   B bytearray   c complex   R range
    l list   t tuple   e set      z frozenset         d dict    O OrderedDict x mappingproxy
    m enum   M flag    D dataclass           n named tuple      S subclass of a builtin
    J datetime  j time  a date  u timedelta  o timezone  w ZoneInfo
    q Decimal  r Fraction  U UUID  P path  K FilePath  H DirPath
    A array  g numpy scalar  v numpy text  y dtype
    k FilePath with its path  h DirPath with its path  G what an object says itself
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import pathlib
import uuid
import zoneinfo
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from pytest_optbench.errors import IdentityError
from pytest_optbench.grids.equality import surplus

from .identity import (
    ENCODERS,
    Encoder,
    encode_float,
    encode_int,
    encode_items,
    encode_mapping,
    encode_str,
    encode_text,
    prefix_path,
)

BASES: dict[type, Callable[[Any], Any]] = {  # builtins, and how to get the plain value out of a subclass
    int: int.__pos__,
    float: float.__pos__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    list: lambda value: list(list.__iter__(value)),
    OrderedDict: lambda value: OrderedDict(OrderedDict.items(value)),
    dict: lambda value: dict(dict.items(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
}
_ALIASES = {  # modules that have another name in a worker process, or in one version of Python
    "__mp_main__": "__main__",
    "pathlib._local": "pathlib",
}


def encoder_for(kind: type) -> Encoder:
    """The encoder of a type that has none yet; for a type without identity, one that refuses its values."""
    base = next((base for base in BASES if issubclass(kind, base)), None)
    if kind in EXACT:
        return EXACT[kind]
    if issubclass(kind, enum.Enum):
        return _member
    if callable(getattr(kind, "fingerprint_payload", None)):
        return _payload
    if dataclasses.is_dataclass(kind):
        return _record("D", kind, [field.name for field in dataclasses.fields(kind)]) if base is None else _refuse
    if kind.__module__.partition(".")[0] == "numpy":
        return _numpy_encoder(kind)
    if base is tuple and hasattr(kind, "_fields"):
        return _record("n", kind, kind._fields)
    return _refuse if base is None or _carries_more(kind, base) else _subclass(kind, base)


def _numpy_encoder(kind: type) -> Encoder:
    from .arrays import numpy_encoder

    return numpy_encoder(kind) or _refuse


def class_name(kind: type) -> str:
    """`module:qualname`, encoded."""
    return encode_str(f"{module_name(kind.__module__)}:{kind.__qualname__}")


def module_name(module: Any) -> Any:
    """The name under which a module is known everywhere."""
    return _ALIASES.get(module, module) if isinstance(module, str) else module


def _refuse(value: Any) -> str:
    raise IdentityError(
        f"{_named(type(value))} has no faithful identity: use numbers, strings, bytes, "
        "containers, dataclasses, enums, dates, paths or numpy arrays, and make other objects inside the operation"
    )


def _named(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _carries_more(kind: type, base: type) -> bool:
    """Whether values of a subclass hold more than the builtin does: slots, or a default for missing keys."""
    own = kind.__mro__[: kind.__mro__.index(base)]
    return any(vars(cls).get("__slots__") for cls in own) or (hasattr(kind, "__missing__") and kind is not Counter)


def _subclass(kind: type, base: type) -> Encoder:
    """A subclass of a builtin counts by class and content."""
    inner, plain, name = ENCODERS[base], BASES[base], class_name(kind)

    def encoder(value: Any) -> str:
        return _refuse(value) if getattr(value, "__dict__", None) else f"S{name}{inner(plain(value))}"

    return encoder


def _member(value: enum.Enum) -> str:
    if isinstance(value, enum.Flag):
        return f"M{class_name(type(value))}{encode_text(value.value)}"
    return f"m{class_name(type(value))}{encode_str(value.name)}"


def _payload(value: Any) -> str:
    return f"G{class_name(type(value))}{encode_text(value.fingerprint_payload())}"


def _record(tag: str, kind: type, fields: Sequence[str]) -> Encoder:
    """A dataclass or a named tuple counts by class and fields, and is refused when it holds more than these."""
    start = f"{tag}{class_name(kind)}{len(fields)}["

    def encoder(value: Any) -> str:
        more = surplus(value, fields)
        if more:
            raise IdentityError(f"{_named(kind)} holds {more[0]!r} besides its fields: make it a field as well")
        return start + "".join([encode_str(name) + _field(value, name) for name in fields])

    return encoder


def _field(value: Any, name: str) -> str:
    try:
        return encode_text(getattr(value, name))
    except AttributeError:
        raise IdentityError("the field is not set: give it a value in __init__", f".{name}") from None
    except IdentityError as error:
        raise prefix_path(f".{name}", error) from None


def _text(tag: str) -> Encoder:
    return lambda value: f"{tag}{encode_str(str(value))}"


def _path(value: pathlib.PurePath) -> str:
    return f"P{encode_str(type(value).__name__)}{encode_str(str(value))}"


def _moment(tag: str) -> Encoder:
    def encoder(value: datetime.datetime | datetime.time) -> str:
        clock = encode_str(value.replace(tzinfo=None).isoformat())
        return f"{tag}{value.fold}{clock}{_zone(value.tzinfo)}"

    return encoder


def _zone(zone: datetime.tzinfo | None) -> str:
    if zone is None:
        return "N"
    if type(zone) is datetime.timezone:
        return "o" + _duration(zone.utcoffset(None)) + encode_str(zone.tzname(None))
    if type(zone) is zoneinfo.ZoneInfo and zone.key is not None:
        return "w" + encode_str(zone.key)
    raise IdentityError(f"time zone {zone!r} has no name: use datetime.timezone or zoneinfo.ZoneInfo(key)")


def _duration(value: datetime.timedelta) -> str:
    return f"u{value.days};{value.seconds};{value.microseconds};"


def _complex(value: complex) -> str:
    return "c" + encode_float(value.real) + encode_float(value.imag)


def _fraction(value: Fraction) -> str:
    return "r" + encode_int(value.numerator) + encode_int(value.denominator)


def _range(value: range) -> str:
    return "R" + "".join(map(encode_int, (value.start, value.stop, value.step)))


EXACT: dict[type, Encoder] = {
    complex: _complex,
    bytearray: lambda value: "B" + ENCODERS[bytes](bytes(value)),
    range: _range,
    MappingProxyType: lambda value: "x" + encode_mapping(value),
    OrderedDict: lambda value: "O" + encode_items(tuple(value.items())),
    Fraction: _fraction,
    Decimal: _text("q"),
    uuid.UUID: _text("U"),
    datetime.datetime: _moment("J"),
    datetime.time: _moment("j"),
    datetime.date: lambda value: "a" + encode_str(value.isoformat()),
    datetime.timedelta: _duration,
    datetime.timezone: _zone,
    zoneinfo.ZoneInfo: _zone,
    pathlib.PurePosixPath: _path,
    pathlib.PureWindowsPath: _path,
    pathlib.PosixPath: _path,
    pathlib.WindowsPath: _path,
}

ENCODERS.look_up = encoder_for
