"""Isolation: an operation gets values of its own, so that what one run changes no other run sees."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import enum
import pathlib
import sys
import uuid
import zoneinfo
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from pytest_optbench.engine.files import DirPath, FilePath

IMMUTABLE: set[type] = {
    int, float, str, bool, bytes, type(None), complex, range, Decimal, Fraction, uuid.UUID,
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone, zoneinfo.ZoneInfo,
    pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath, FilePath, DirPath,
}  # fmt: skip


def isolate(value: Any) -> Any:
    """The value itself where nothing can change it, else a copy that shares nothing that can be changed.

    Read-only numpy arrays are shared, other arrays are copied.
    """
    kind = type(value)
    if kind in IMMUTABLE:
        return value
    if kind is dict:
        return {name: item if type(item) in IMMUTABLE else isolate(item) for name, item in value.items()}
    if kind is list:
        return [item if type(item) in IMMUTABLE else isolate(item) for item in value]
    if kind is tuple:
        return _same_or(value, tuple(map(isolate, value)))
    if kind is MappingProxyType:
        return MappingProxyType({name: isolate(item) for name, item in value.items()})
    if dataclasses.is_dataclass(value):
        return _dataclass(value)
    return _other(value, kind)


def isolator(value: Any) -> Callable[[], Any]:
    """A function that gives a value of its own to each run that asks.

    Arrays become read-only and shared, and what nothing can change is found out once: a context of numbers,
    strings and large arrays costs nothing per run.
    """
    frozen = _arrays_read_only(value)
    if isolate(frozen) is frozen:
        return lambda: frozen
    return lambda: isolate(frozen)


def _same_or(value: tuple[Any, ...], copied: tuple[Any, ...]) -> tuple[Any, ...]:
    """The tuple itself when none of its elements had to be copied."""
    return value if all(one is other for one, other in zip(value, copied, strict=True)) else copied


def _dataclass(value: Any) -> Any:
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    copied = {name: isolate(item) for name, item in fields.items()}
    frozen = type(value).__dataclass_params__.frozen
    if frozen and all(copied[name] is item for name, item in fields.items()):
        return value
    return _with_fields(value, copied)


def _with_fields(value: Any, fields: dict[str, Any]) -> Any:
    """A copy with other members; `__init__` and `__post_init__` have run already and are left alone."""
    twin = copy.copy(value)
    for name, item in fields.items():
        object.__setattr__(twin, name, item)
    return twin


def _other(value: Any, kind: type) -> Any:
    if issubclass(kind, enum.Enum):
        IMMUTABLE.add(kind)
        return value
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, (numpy.generic, numpy.dtype)):
        return value
    if numpy is not None and kind is numpy.ndarray:
        return value.copy() if value.flags.writeable else value
    return copy.deepcopy(value)


def _arrays_read_only(value: Any) -> Any:
    """The value with every array replaced by a read-only view; containers are new where that changes them."""
    numpy = sys.modules.get("numpy")
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
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        changed = {name: _arrays_read_only(item) for name, item in fields.items()}
        same = all(changed[name] is item for name, item in fields.items())
        return value if same else _with_fields(value, changed)
    return value
