"""Isolation: an operation gets values of its own, so that what one run changes no other run sees."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import enum
import pathlib
import uuid
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, TypeAlias

from pytest_optbench.engine.encoding.loaded_numpy import loaded
from pytest_optbench.engine.identity.files import DirPath, FilePath

Copier: TypeAlias = Callable[[Any], Any]

IMMUTABLE: tuple[type, ...] = (
    int, float, str, bool, bytes, type(None), complex, range, Decimal, Fraction, uuid.UUID,
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone, zoneinfo.ZoneInfo,
    pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath, FilePath, DirPath,
)  # fmt: skip


class _Copiers(dict[type, Copier]):
    """How to copy a value, by exact type; found once a type."""

    def __missing__(self, kind: type) -> Copier:
        found = self[kind] = _copier_for(kind)
        return found


def private_copy(value: Any) -> Any:
    """The value itself where nothing can change it, else a copy that shares nothing that can be changed.

    Read-only numpy arrays are shared, other arrays are copied.
    """
    return COPIERS[type(value)](value)


def copier(value: Any) -> Callable[[], Any]:
    """A function that gives a value of its own to each run that asks.

    Arrays become read-only and shared, and what nothing can change is found out once: a context of numbers,
    strings and large arrays costs nothing per run.
    """
    frozen = _arrays_read_only(value)
    if private_copy(frozen) is frozen:
        return lambda: frozen
    return lambda: private_copy(frozen)


def _copier_for(kind: type) -> Copier:
    if issubclass(kind, (enum.Enum, str, bytes, int, float)):
        return _itself
    if dataclasses.is_dataclass(kind):
        return _frozen_dataclass if _is_frozen(kind) else _dataclass
    if issubclass(kind, tuple):  # not by calling the class, which may ask for other arguments
        return lambda value: _same_or(value, tuple.__new__(kind, map(private_copy, value)))
    numpy = loaded("numpy")
    if numpy is not None and kind is numpy.ndarray:
        return lambda value: value.copy() if value.flags.writeable else value
    if numpy is not None and issubclass(kind, (numpy.generic, numpy.dtype)):
        return _itself
    return copy.deepcopy


def _itself(value: Any) -> Any:
    return value


def _list(value: list[Any]) -> list[Any]:
    return [COPIERS[type(item)](item) for item in value]


def _dict(value: dict[Any, Any]) -> dict[Any, Any]:
    return {name: COPIERS[type(item)](item) for name, item in value.items()}


def _same_or(value: Any, copied: Any) -> Any:
    """The tuple itself when none of its elements had to be copied."""
    return value if all(one is other for one, other in zip(value, copied, strict=True)) else copied


def _is_frozen(kind: Any) -> bool:
    return bool(kind.__dataclass_params__.frozen)


def _frozen_dataclass(value: Any) -> Any:
    members = _members(value, private_copy)
    return value if all(getattr(value, name) is item for name, item in members.items()) else _twin(value, members)


def _dataclass(value: Any) -> Any:
    return _twin(value, _members(value, private_copy))


def _members(value: Any, change: Copier) -> dict[str, Any]:
    """The fields of a dataclass, changed; cached properties, all that it may hold besides, follow from them."""
    return {field.name: change(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _twin(value: Any, members: dict[str, Any]) -> Any:
    """A copy with other members; `__init__` and `__post_init__` have run already and are left alone."""
    twin = copy.copy(value)
    for name, item in members.items():
        object.__setattr__(twin, name, item)
    return twin


COPIERS: _Copiers = _Copiers(
    dict.fromkeys(IMMUTABLE, _itself)
    | {
        list: _list,
        dict: _dict,
        tuple: lambda value: _same_or(value, tuple(map(private_copy, value))),
        set: set,
        frozenset: _itself,  # what it holds can be hashed, and so should not change
        OrderedDict: lambda value: OrderedDict((name, private_copy(item)) for name, item in value.items()),
        MappingProxyType: lambda value: MappingProxyType({name: private_copy(item) for name, item in value.items()}),
    }
)


def _arrays_read_only(value: Any) -> Any:
    """The value with every array replaced by a read-only view; containers are new where that changes them."""
    numpy = loaded("numpy")
    if numpy is None:  # nothing here can be an array
        return value
    if type(value) is numpy.ndarray:
        view = value.view()
        view.flags.writeable = False
        return view
    if type(value) is dict:
        return {name: _arrays_read_only(item) for name, item in value.items()}
    if type(value) in (list, tuple):
        items = [_arrays_read_only(item) for item in value]
        return items if type(value) is list else _same_or(value, tuple(items))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = _members(value, _arrays_read_only)
        return value if all(getattr(value, name) is item for name, item in members.items()) else _twin(value, members)
    return value
