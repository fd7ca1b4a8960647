"""Decoded JSON into frozen dataclasses, every field of the type that the class declares, or refused by its place."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pytest_optbench.errors import InvalidInputError

Made = TypeVar("Made")
SHOWN = 60  # signs of what was found
NAMES: Mapping[Any, str] = {str: "a text", bool: "true or false", int: "a whole number", float: "a finite number"}


def decode(kind: type[Made], found: object, place: str = "") -> Made:
    """An object of the dataclass `kind` from a decoded JSON object; fields that have defaults may be missing.

    Raises:
        InvalidInputError: something is of another type, missing or unknown; the message names the place in the
            document (`outcomes[3].limits[0].value`), what belongs there and what was found.
    """
    table = _mapping(found, place)
    hints = _hints(kind)  # type: ignore[arg-type]  # classes can be hashed
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for name in table:
        _expect(name in known, f"{place}.{name}", f"one of the fields {', '.join(known)}", name)
    values = {name: _value(hints[name], value, f"{place}.{name}") for name, value in table.items()}
    for name, field in known.items():
        _expect(name in table or _has_default(field), f"{place}.{name}", "a value", None)
    return kind(**values)


def _value(hint: Any, found: object, place: str) -> Any:
    """`found` as the type that a hint declares: what JSON lists and objects become tuples, tables and dataclasses."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint), found, place)
    if origin is Literal:
        _expect(found in get_args(hint), place, f"one of {', '.join(map(repr, get_args(hint)))}", found)
        return found
    if origin is tuple:
        return _tuple(get_args(hint), found, place)
    if origin is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return {name: _value(get_args(hint)[1], one, f"{place}.{name}") for name, one in _mapping(found, place).items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return decode(hint, found, place)
    return found if hint is Any else _scalar(hint, found, place)


def _scalar(hint: Any, found: object, place: str) -> Any:
    """A text, a truth value or a number; a whole number may be written as 3.0, as some writers of JSON do."""
    if hint is None or hint is type(None):
        _expect(found is None, place, "null", found)
    elif hint in (int, float):
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        _expect(is_number and math.isfinite(found), place, NAMES[hint], found)  # type: ignore[arg-type]
        _expect(hint is float or found == int(found), place, NAMES[hint], found)  # type: ignore[call-overload]
        return hint(found)
    else:
        _expect(isinstance(found, hint), place, NAMES.get(hint, str(hint)), found)
    return found


def _one_of(hints: tuple[Any, ...], found: object, place: str) -> Any:
    """The first alternative that fits; the complaint is that of the only one that is no null."""
    if found is None and type(None) in hints:
        return None
    others = [hint for hint in hints if hint is not type(None)]
    for hint in others[:-1]:
        try:
            return _value(hint, found, place)
        except InvalidInputError:
            continue
    return _value(others[-1], found, place)


def _tuple(hints: tuple[Any, ...], found: object, place: str) -> tuple[Any, ...]:
    _expect(isinstance(found, list | tuple), place, "a list", found)
    listed: list[Any] = list(found)  # type: ignore[call-overload]
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(_value(hints[0], one, f"{place}[{index}]") for index, one in enumerate(listed))
    _expect(len(listed) == len(hints), place, f"a list of {len(hints)}", found)
    return tuple(
        _value(hint, one, f"{place}[{index}]") for index, (hint, one) in enumerate(zip(hints, listed, strict=True))
    )


def _mapping(found: object, place: str) -> Mapping[str, Any]:
    _expect(isinstance(found, Mapping), place, "an object", found)
    return found  # type: ignore[return-value]


def _expect(fits: object, place: str, wanted: str, found: object) -> None:
    if not fits:
        shown = repr(found)
        shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."
        raise InvalidInputError(f"{place.lstrip('.') or 'the document'}: {wanted} belongs there, found {shown}")


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


@cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(kind)
