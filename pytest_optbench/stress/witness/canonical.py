"""Exact, type-tagged text of a value: different for different values, equal for equal values in every process.

Deliberately independent of any runner under test: the keys of the witness must not repeat its mistakes.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import hashlib
import math
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import PurePath
from typing import Any, TypeAlias

from pytest_optbench.errors import InvalidInputError

# The place of a value: a name, or the place of its container and an index. Written out only for an error.
Where: TypeAlias = "str | tuple[Where, object]"
KEY_BYTES = 16  # 128 bits: no collision is expected below 10**19 runs


def digest_of(text: str) -> str:
    """Return the digest of `text`: 32 hexadecimal digits (128 bits, blake2b)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).hexdigest()


def canonical(value: object, where: Where = "value") -> str:
    """Return the exact text of `value`: injective over types and values; dicts and sets in any order are equal.

    All NaN are one value; `-0.0` is not `0.0`; `1`, `1.0`, `True` and `"1"` are four values.

    Raises:
        InvalidInputError: the value at `where` is of a type that has no exact text.
    """
    kind = type(value)
    encoder = _ENCODERS.get(kind)
    if encoder is not None:
        return encoder(value, where)
    return _uncommon(value, kind, where)


def _framed(tag: str, text: str) -> str:
    """Prefix a text by its length, so that no content can imitate the end of a value."""
    return f"{tag}{len(text)}:{text}"


def _path(where: Where) -> str:
    return where if isinstance(where, str) else f"{_path(where[0])}[{where[1]!r}]"


def _float(value: float) -> str:
    return "nan" if math.isnan(value) else value.hex()


def _in_order(items: Iterable[Any], where: Where) -> str:
    return "".join([canonical(item, (where, position)) for position, item in enumerate(items)])


def _mapping(value: Mapping[Any, Any], where: Where) -> str:
    parts = [canonical(name, where) + canonical(item, (where, name)) for name, item in value.items()]
    return "".join(sorted(parts))


def _any_order(items: Iterable[Any], where: Where) -> str:
    return "".join(sorted(canonical(item, where) for item in items))


_ENCODERS: dict[type, Callable[[Any, Any], str]] = {
    type(None): lambda _value, _where: "n0:",
    bool: lambda value, _where: "b1:1" if value else "b1:0",
    int: lambda value, _where: _framed("i", hex(value)),  # hex: decimal text of a huge integer is refused
    float: lambda value, _where: _framed("f", _float(value)),
    complex: lambda value, _where: _framed("c", f"{_float(value.real)},{_float(value.imag)}"),
    str: lambda value, _where: _framed("s", value),
    bytes: lambda value, _where: _framed("y", value.hex()),
    bytearray: lambda value, _where: _framed("Y", value.hex()),
    list: lambda value, where: _framed("l", _in_order(value, where)),
    tuple: lambda value, where: _framed("t", _in_order(value, where)),
    dict: lambda value, where: _framed("d", _mapping(value, where)),
    set: lambda value, where: _framed("S", _any_order(value, where)),
    frozenset: lambda value, where: _framed("F", _any_order(value, where)),
}


def _uncommon(value: Any, kind: type, where: Where) -> str:
    """Return the text of a value of another type, with the full name of its type."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    return _framed("o", _framed("", name) + _content(value, kind, where))


def _content(value: Any, kind: type, where: Where) -> str:
    if isinstance(value, enum.Enum):
        return _framed("e", value.name or repr(value.value))
    if isinstance(value, PurePath):
        return _framed("p", str(value))
    if hasattr(value, "dtype") and hasattr(value, "tobytes"):
        return _array(value, where)
    if is_dataclass(value) and not isinstance(value, type):
        return _mapping({field.name: getattr(value, field.name) for field in fields(value)}, where)
    if isinstance(value, _WRITTEN_BY_REPR):
        return _framed("r", repr(value))
    if isinstance(value, Mapping):
        return _mapping(value, where)
    bases: tuple[Any, ...] = (int, float, str, bytes, tuple, list, set, frozenset)
    for base in bases:
        if isinstance(value, base):
            return _ENCODERS[base](base(value), where)
    raise InvalidInputError(
        f"{_path(where)} is a {kind.__module__}.{kind.__qualname__}, which has no exact text for the witness: "
        "use plain values, tuples, dicts, dataclasses or numpy arrays"
    )


_WRITTEN_BY_REPR = (
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
    range,
)


def _array(value: Any, where: Where) -> str:
    """Encode a numpy array or scalar by dtype, shape and content; the byte order does not matter."""
    import numpy as np

    array = np.asarray(value)
    shape = f"{array.shape!r}"
    if array.dtype.hasobject or array.dtype.kind == "V":
        fields = f"{array.dtype.newbyteorder('<').descr!r}" if array.dtype.names else ""
        return _framed("O", shape + fields + _in_order(array.ravel().tolist(), where))
    if array.dtype.char in "gG":  # the padding of long doubles is arbitrary
        return _framed("g", shape + " ".join(repr(item) for item in array.ravel()))
    little = np.array(array, dtype=array.dtype.newbyteorder("<"), order="C")
    if little.dtype.kind in "fc":
        parts = little.reshape(-1).view(f"<f{little.dtype.itemsize // (2 if little.dtype.kind == 'c' else 1)}")
        parts[np.isnan(parts)] = np.nan
    return _framed("a", f"{little.dtype.str}{shape}{little.tobytes().hex()}")
