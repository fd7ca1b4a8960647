"""Turn decoded JSON into frozen dataclasses; a field of another type than declared is refused with its place."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pytest_optbench.errors import InvalidInputError

Decoded = TypeVar("Decoded")
LONGEST_SHOWN = 60  # characters of a value that was value
TYPE_NAMES: Mapping[Any, str] = {str: "text", bool: "true or false", int: "a whole number", float: "a finite number"}


def decode(kind: type[Decoded], value: object, place: str = "") -> Decoded:
    """Return an object of the dataclass `kind` from a decoded JSON object; fields with defaults may be missing.

    Raises:
        InvalidInputError: a field is of another type, missing or unknown; the message names the place in the
            document (`outcomes[3].limits[0].value`), the type that was expected and the value.
    """
    table = _mapping(value, place)
    hints = _hints(kind)  # type: ignore[arg-type]  # classes can be hashed
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for name in table:
        _expect(name in known, f"{place}.{name}", f"one of the fields {', '.join(known)}", name)
    values = {name: _field_value(hints[name], entry, f"{place}.{name}") for name, entry in table.items()}
    for name, field in known.items():
        _expect(name in table or _has_default(field), f"{place}.{name}", "a value", None)
    return kind(**values)


def _field_value(hint: Any, value: object, place: str) -> Any:
    """Return `value` as the type of a hint: lists and objects of JSON become tuples, mappings and dataclasses."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint), value, place)
    if origin is Literal:
        _expect(value in get_args(hint), place, f"one of {', '.join(map(repr, get_args(hint)))}", value)
        return value
    if origin is tuple:
        return _tuple(get_args(hint), value, place)
    if origin is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
        entries = _mapping(value, place).items()
        return {name: _field_value(get_args(hint)[1], entry, f"{place}.{name}") for name, entry in entries}
    if isinstance(hint, type) and is_dataclass(hint):
        return decode(hint, value, place)
    return value if hint is Any else _scalar(hint, value, place)


def _scalar(hint: Any, value: object, place: str) -> Any:
    """Return a text, a truth value or a number; a whole number may be written as 3.0, as some JSON writers do."""
    if hint is None or hint is type(None):
        _expect(value is None, place, "null", value)
    elif hint in (int, float):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        _expect(is_number and math.isfinite(value), place, TYPE_NAMES[hint], value)  # type: ignore[arg-type]
        _expect(hint is float or value == int(value), place, TYPE_NAMES[hint], value)  # type: ignore[call-overload]
        return hint(value)
    else:
        _expect(isinstance(value, hint), place, TYPE_NAMES.get(hint, str(hint)), value)
    return value


def _one_of(hints: tuple[Any, ...], value: object, place: str) -> Any:
    """Return the value as the first alternative that fits; an error names the last alternative."""
    if value is None and type(None) in hints:
        return None
    others = [hint for hint in hints if hint is not type(None)]
    for hint in others[:-1]:
        try:
            return _field_value(hint, value, place)
        except InvalidInputError:
            continue
    return _field_value(others[-1], value, place)


def _tuple(hints: tuple[Any, ...], value: object, place: str) -> tuple[Any, ...]:
    _expect(isinstance(value, list | tuple), place, "a list", value)
    listed: list[Any] = list(value)  # type: ignore[call-overload]
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(_field_value(hints[0], entry, f"{place}[{index}]") for index, entry in enumerate(listed))
    _expect(len(listed) == len(hints), place, f"a list of {len(hints)}", value)
    return tuple(
        _field_value(hint, entry, f"{place}[{index}]")
        for index, (hint, entry) in enumerate(zip(hints, listed, strict=True))
    )


def _mapping(value: object, place: str) -> Mapping[str, Any]:
    _expect(isinstance(value, Mapping), place, "an object", value)
    return value  # type: ignore[return-value]


def _expect(fits: object, place: str, expected: str, value: object) -> None:
    if not fits:
        shown = repr(value)
        shown = shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."
        raise InvalidInputError(f"{place.lstrip('.') or 'the document'}: expected {expected}, found {shown}")


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


@cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(kind)
