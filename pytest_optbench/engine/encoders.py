"""Encoders for the less common types; found once a type, then kept in `identity.ENCODERS`."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import pathlib
import uuid
import zoneinfo
from collections import Counter, OrderedDict
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from pytest_optbench.engine import identity
from pytest_optbench.engine.identity import Encoder, encode_text
from pytest_optbench.errors import IdentityError

PLAIN_SUBCLASSES = (OrderedDict, Counter)
BASES = (int, str, float, bytes, tuple, list, dict, set, frozenset)


def encoder_for(kind: type) -> Encoder:
    """The encoder of a type that has none yet; for a type without identity, one that refuses its values."""
    if issubclass(kind, enum.Enum):
        return _member
    if dataclasses.is_dataclass(kind):
        return _dataclass
    if kind.__module__.partition(".")[0] == "numpy":
        from pytest_optbench.engine.arrays import numpy_encoder

        found = numpy_encoder(kind)
        if found is not None:
            return found
    if hasattr(kind, "_fields") and issubclass(kind, tuple):
        return _named_tuple
    for base, encoder in EXACT.items():
        if kind is base:
            return encoder
    return _subclass_of(kind) or _refuse


def class_name(kind: type) -> str:
    """`module:qualname`; a script is `__main__` in its worker processes too."""
    module = "__main__" if kind.__module__ == "__mp_main__" else kind.__module__
    return identity.encode_str(f"{module}:{kind.__qualname__}")


def _refuse(value: Any) -> str:
    kind = type(value)
    raise IdentityError(
        f"{kind.__module__}.{kind.__qualname__} has no faithful identity: use numbers, strings, bytes, containers, "
        "dataclasses, enums, dates, paths or numpy arrays, and make objects from them inside the operation"
    )


def _member(value: enum.Enum) -> str:
    if isinstance(value, enum.Flag):
        return f"M{class_name(type(value))}{encode_text(value.value)}"
    return f"m{class_name(type(value))}{identity.encode_str(value.name)}"


def _dataclass(value: Any) -> str:
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return f"D{class_name(type(value))}{_members(fields)}"


def _members(fields: dict[str, Any]) -> str:
    parts = [f"{len(fields)}["]
    for name, item in fields.items():
        try:
            parts.append(identity.encode_str(name) + encode_text(item))
        except IdentityError as error:
            raise identity.below(f".{name}", error) from None
    return "".join(parts)


def _named_tuple(value: Any) -> str:
    return f"n{class_name(type(value))}{_members(dict(zip(value._fields, value, strict=True)))}"


def _subclass_of(kind: type) -> Encoder | None:
    """A subclass of a builtin counts by class and content, unless it carries more than that."""
    base = next((base for base in BASES if issubclass(kind, base)), None)
    if base is None or (
        issubclass(kind, dict) and hasattr(kind, "__missing__") and kind not in PLAIN_SUBCLASSES
    ):
        return None
    inner = identity.ENCODERS[base]

    def encoder(value: Any) -> str:
        if getattr(value, "__dict__", None):
            return _refuse(value)
        return f"S{class_name(kind)}{inner(value)}"

    return encoder


def _text(tag: str) -> Encoder:
    return lambda value: f"{tag}{identity.encode_str(str(value))}"


def _path(value: pathlib.PurePath) -> str:
    return f"P{identity.encode_str(type(value).__name__)}{identity.encode_str(str(value))}"


def _moment(value: datetime.datetime | datetime.time) -> str:
    text = identity.encode_str(value.replace(tzinfo=None).isoformat())
    return f"{type(value).__name__[0]}{value.fold}{text}{_zone(value.tzinfo)}"


def _zone(zone: datetime.tzinfo | None) -> str:
    if zone is None:
        return "N"
    if type(zone) is datetime.timezone:
        return "o" + _duration(zone.utcoffset(None)) + identity.encode_str(zone.tzname(None))
    if type(zone) is zoneinfo.ZoneInfo and zone.key is not None:
        return "w" + identity.encode_str(zone.key)
    raise IdentityError(f"time zone {zone!r} has no name: use datetime.timezone or zoneinfo.ZoneInfo(key)")


def _duration(value: datetime.timedelta) -> str:
    return f"u{value.days};{value.seconds};{value.microseconds};"


def _complex(value: complex) -> str:
    return "c" + identity.encode_float(value.real) + identity.encode_float(value.imag)


def _fraction(value: Fraction) -> str:
    return "r" + identity.encode_int(value.numerator) + identity.encode_int(value.denominator)


def _range(value: range) -> str:
    return "R" + "".join(map(identity.encode_int, (value.start, value.stop, value.step)))


EXACT: dict[type, Encoder] = {
    complex: _complex,
    bytearray: lambda value: "B" + identity.ENCODERS[bytes](bytes(value)),
    range: _range,
    MappingProxyType: lambda value: "x" + identity.encode_mapping(value),
    Fraction: _fraction,
    Decimal: _text("q"),
    uuid.UUID: _text("U"),
    datetime.datetime: _moment,
    datetime.time: _moment,
    datetime.date: lambda value: "a" + identity.encode_str(value.isoformat()),
    datetime.timedelta: _duration,
    datetime.timezone: _zone,
    zoneinfo.ZoneInfo: _zone,
    pathlib.PurePosixPath: _path,
    pathlib.PureWindowsPath: _path,
    pathlib.PosixPath: _path,
    pathlib.WindowsPath: _path,
}
