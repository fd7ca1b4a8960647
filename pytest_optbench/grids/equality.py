"""Equality of parameter values: equal and of the same type."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Mapping
from functools import cached_property
from typing import Any

from pytest_optbench.errors import InvalidInputError

_EXACT = frozenset({int, str, bytes, bool, type(None)})
_CONTAINERS = (list, tuple, set, frozenset, dict)
_UNSET = object()


def equality_key(value: Any) -> Hashable:
    """A hashable stand-in: two values have equal keys when nothing distinguishes them.

    `1`, `1.0`, `True` and `"1"` are four values; so are `0.0` and `-0.0`. Every NaN is the same value.
    Objects that can be neither hashed nor looked into are equal only to themselves, and so are containers and
    dataclasses that hold more than their elements or fields.
    """
    kind = type(value)
    if kind in _EXACT:
        return kind, value
    if kind is float:
        return kind, repr(value)
    return kind, _content(value)


def surplus(value: Any, fields: Collection[str] = ()) -> list[str]:
    """The names of what an instance holds in its `__dict__` or its slots besides its fields.

    Cached properties follow from the fields, and names like `__orig_class__` are the interpreter's own.
    """
    state: Any = object.__getstate__(value)
    held = [name for part in (state if isinstance(state, tuple) else (state,)) for name in part or ()]
    return [name for name in held if name not in fields and not _is_derived(type(value), name)]


def _is_derived(kind: type, name: str) -> bool:
    return (name[:2] == name[-2:] == "__") or isinstance(getattr(kind, name, None), cached_property)


def _content(value: Any) -> Hashable:
    if type(value) not in _CONTAINERS and isinstance(value, _CONTAINERS) and surplus(value):
        return id(value)
    if isinstance(value, OrderedDict):
        return tuple((equality_key(name), equality_key(item)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(equality_key, value))
    if isinstance(value, (set, frozenset)):
        return frozenset(map(equality_key, value))
    if isinstance(value, Mapping):
        return frozenset((equality_key(name), equality_key(item)) for name, item in value.items())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value)]
        return (
            id(value)
            if surplus(value, fields)
            else tuple(equality_key(getattr(value, name, _UNSET)) for name in fields)
        )
    if hasattr(value, "tobytes") and hasattr(value, "dtype"):
        return str(value.dtype), value.shape, value.tobytes()
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value, repr(value)  # equal Decimals or datetimes may still differ


def first_repeated(values: Iterable[Any]) -> tuple[int, int] | None:
    """Positions of the first two equal values, or None when all differ.

    Raises:
        InvalidInputError: a value contains itself, or is nested too deeply.
    """
    seen: dict[Hashable, int] = {}
    for position, value in enumerate(values):
        try:
            found = equality_key(value)
        except RecursionError:
            raise InvalidInputError(f"value {position} contains itself, or is nested too deeply: flatten it") from None
        earlier = seen.setdefault(found, position)
        if earlier != position:
            return earlier, position
    return None
