"""Strict JSON that gives back equal values: `loads(dumps(value)) == value`, of the same builtin type.

JSON's own values are written as themselves. What JSON cannot say (NaN, integers past 2**53, bytes, tuples, sets,
keys that are not strings, dates, numpy values, ...) is written as `{"$": tag, "v": plain}`. Subclasses of builtin
types come back as the builtin, and a time zone as its offset from UTC. Reading never imports or calls anything that
the text names: an enum member or a dataclass comes back as `Opaque`, a plain description.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import math
import pathlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from pytest_optbench.errors import InvalidInputError

from .json_arrays import is_numpy, is_scalar, revived, written

SAFE_INTEGER: Final = 2**53  # the largest integer that every JSON reader keeps exactly
_TAG: Final = "$"
_NOT_FINITE: Final = {"nan": "nan", "inf": "inf", "-inf": "-inf"}


@dataclasses.dataclass(frozen=True)
class Opaque:
    """What is left in the store of a value whose class is never imported from there: its type's name and its value."""

    type: str
    value: Any

    def __hash__(self) -> int:
        return hash(self.type)  # its value may be a list, and it may stand in a set


def dumps(value: object, where: str = "value", *, lenient: bool = False) -> str:
    """Return `value` as one line of strict ASCII JSON.

    `where` names the value in errors. What would not come back equal raises `InvalidInputError` with its path. With
    `lenient` it is described instead: enum members, dataclasses and anything else come back as `Opaque`.
    """
    try:
        return _ENCODER.encode(plain(value, where, lenient))
    except RecursionError:
        raise InvalidInputError(f"{where} is nested too deeply, or contains itself: flatten it") from None


def json_copy(value: Any, where: str) -> Any:
    """Return a copy of `value`, as it will be read back.

    Raises:
        InvalidInputError: it would not be equal.
    """
    if type(value) in _SIMPLE:
        return value
    if isinstance(value, str | bytes):  # of numpy as well, whose `item` drops NULs at the end
        return _BASES[str if isinstance(value, str) else bytes](value)
    if is_scalar(value):
        value = _item_of(value)
    return value if type(value) in _SIMPLE else loads(dumps(value, where))


def _item_of(scalar: Any) -> Any:
    """Return the Python value that equals a scalar of numpy, torch or the like; the scalar where there is none."""
    if getattr(getattr(scalar, "dtype", None), "kind", None) in ("m", "M"):
        return scalar  # its item may be a bare number, without the unit
    item = scalar.item()
    return item if type(item) in _ITEMS else scalar


def loads(text: str | bytes) -> Any:
    """Return the value that `dumps` wrote.

    Raises:
        ValueError: the text is not such JSON.
    """
    text = text if isinstance(text, str) else text.decode()
    try:  # one character is looked for much faster than five
        return (_TAGGED if "$" in text and '{"$":' in text else _UNTAGGED).decode(text)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


def plain(value: object, where: str = "value", lenient: bool = False) -> Any:
    """Return `value` in JSON's own types, tagged where those cannot say it."""
    kind = type(value)
    encode = _EXACT.get(kind)
    if encode is not None:
        return encode(value, where, lenient)
    return _plain_other(value, where, lenient)


def _tagged(tag: str, plain_value: object) -> dict[str, object]:
    return {_TAG: tag, "v": plain_value}


def _itself(value: Any, where: str, lenient: bool) -> Any:
    return value


def _str(value: str, where: str, lenient: bool) -> Any:
    if value.isascii() or _is_unicode(value):
        return value
    return _tagged("str", value.encode("utf-8", "surrogatepass").hex())


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _int(value: int, where: str, lenient: bool) -> Any:
    return value if -SAFE_INTEGER <= value <= SAFE_INTEGER else _tagged("int", hex(value))


def _float(value: float, where: str, lenient: bool) -> Any:
    return value if math.isfinite(value) else _tagged("float", repr(value))


def _list(value: Any, where: str, lenient: bool) -> list[Any]:
    return [plain(item, f"{where}[{index}]", lenient) for index, item in enumerate(value)]


def _dict(value: Mapping[Any, Any], where: str, lenient: bool) -> Any:
    if _TAG not in value and all([type(key) is str and (key.isascii() or _is_unicode(key)) for key in value]):  # noqa: C419 - a generator is slower
        return {  # most of a record is short texts, which need no call
            key: item if type(item) is str and item.isascii() else plain(item, f"{where}.{key}", lenient)
            for key, item in value.items()
        }
    pairs = [[key, item] for key, item in value.items()]
    return _tagged("dict", _list(pairs, where, lenient))


def _set(tag: str) -> Callable[[Any, str, bool], Any]:
    def encode(value: Any, where: str, lenient: bool) -> Any:
        return _tagged(tag, sorted(_list(value, where, lenient), key=_ENCODER.encode))

    return encode


def _as(tag: str, to_plain: Callable[[Any], object]) -> Callable[[Any, str, bool], Any]:
    return lambda value, where, lenient: _tagged(tag, to_plain(value))


def _base64(value: Any) -> str:
    return base64.b64encode(value).decode("ascii")


def _clock(value: datetime.datetime | datetime.time) -> object:
    """Return the text of a time; of the second of two equal ones, when clocks are set back, with its fold."""
    return [value.isoformat(), 1] if value.fold else value.isoformat()


_ENCODER: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_EXACT: Final[dict[type, Callable[[Any, str, bool], Any]]] = {
    type(None): _itself,
    bool: _itself,
    str: _str,
    int: _int,
    float: _float,
    list: _list,
    dict: _dict,
    tuple: lambda value, where, lenient: _tagged("tuple", _list(value, where, lenient)),
    set: _set("set"),
    frozenset: _set("frozenset"),
    bytes: _as("bytes", _base64),
    bytearray: _as("bytearray", _base64),
    complex: lambda value, where, lenient: _tagged("complex", _list((value.real, value.imag), where, lenient)),
    datetime.datetime: _as("datetime", _clock),
    datetime.date: _as("date", datetime.date.isoformat),
    datetime.time: _as("time", _clock),
    datetime.timedelta: _as("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    decimal.Decimal: _as("decimal", str),
    fractions.Fraction: _as("fraction", lambda value: [hex(value.numerator), hex(value.denominator)]),
    uuid.UUID: _as("uuid", str),
    range: lambda value, where, lenient: _tagged("range", _list((value.start, value.stop, value.step), where, lenient)),
}


_SIMPLE: Final = frozenset({type(None), bool, int, float, str})
_ITEMS: Final = frozenset({bool, int, float, complex, str, bytes})
_BASES: Final[dict[type, Callable[[Any], Any]]] = {  # extended by a class of the user: the value without the class
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    bytes: bytes.__bytes__,
    tuple: tuple,
    list: list,
    set: set,
    frozenset: frozenset,
}


def _plain_other(value: Any, where: str, lenient: bool) -> Any:
    """Return the form of a value whose type is none of those above, but perhaps extends one."""
    if is_numpy(value) and not _ends_in_nul(value):
        numpy_form = written(value)
        if numpy_form is not None:
            return _tagged(*numpy_form)
    elif isinstance(value, pathlib.PurePath):
        return _tagged("path", _str(str(value), where, lenient))
    elif lenient and isinstance(value, enum.Enum):
        return _stored(value, [value.name, value.value], where, lenient)
    elif lenient and dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return _stored(value, members, where, lenient)
    elif isinstance(value, Mapping):
        return _dict(dict(value.items()), where, lenient)
    else:
        for base, exact in _BASES.items():
            if isinstance(value, base):
                return _EXACT[base](exact(value), where, lenient)
    if lenient:
        return _stored(value, _safe_repr(value), where, lenient)
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    raise InvalidInputError(f"{where} of type {name} would not come back equal from JSON: convert it to plain values")


def _ends_in_nul(value: Any) -> bool:
    """Return whether a value is text that an array would cut off: it comes back as the builtin."""
    return value.endswith("\0") if isinstance(value, str) else isinstance(value, bytes) and value.endswith(b"\0")


def _stored(value: object, content: object, where: str, lenient: bool) -> dict[str, Any]:
    name = f"{type(value).__module__}:{type(value).__qualname__}"
    return _tagged("stored", [name, plain(content, where, lenient)])


def _safe_repr(value: object) -> str:
    try:
        return repr(value)[:10_000]
    except Exception:  # noqa: BLE001 - a value that cannot print itself must not lose its run
        return f"<unprintable {type(value).__qualname__}>"


def _bytes(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)


def _revive_clock(kind: Any, written: Any) -> Any:
    text, fold = (written, 0) if isinstance(written, str) else written
    return kind.fromisoformat(text).replace(fold=fold)


_REVIVE: Final[dict[str, Callable[[Any], Any]]] = {
    "str": lambda v: bytes.fromhex(v).decode("utf-8", "surrogatepass"),
    "int": lambda v: int(v, 16),
    "float": lambda v: float(_NOT_FINITE[v]),  # each NaN a new one: those of a set stay as many as they were
    "dict": dict,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "bytes": _bytes,
    "bytearray": lambda v: bytearray(_bytes(v)),
    "complex": lambda v: complex(*v),
    "datetime": lambda v: _revive_clock(datetime.datetime, v),
    "date": datetime.date.fromisoformat,
    "time": lambda v: _revive_clock(datetime.time, v),
    "timedelta": lambda v: datetime.timedelta(*v),
    "decimal": decimal.Decimal,
    "fraction": lambda v: fractions.Fraction(int(v[0], 16), int(v[1], 16)),
    "uuid": uuid.UUID,
    "range": lambda v: range(*v),
    "path": pathlib.Path,
    "array": revived,
    "scalar": lambda v: revived(v)[()],
    "stored": lambda v: Opaque(str(v[0]), v[1]),
}


def _revive(members: dict[str, Any]) -> Any:
    if _TAG not in members:
        return members
    tag = members[_TAG]
    revive = _REVIVE.get(tag) if isinstance(tag, str) else None
    if revive is None or len(members) != 2 or "v" not in members:
        raise ValueError(f"unknown tag {tag!r}")
    try:
        return revive(members["v"])
    except (TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"bad value of tag {tag!r}: {error}") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_TAGGED: Final = json.JSONDecoder(object_hook=_revive, parse_constant=_refuse_constant)
_UNTAGGED: Final = json.JSONDecoder(parse_constant=_refuse_constant)
