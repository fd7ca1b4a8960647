"""Isolation: an operation gets values of its own, so that what one run changes no other run sees."""

from __future__ import annotations

import copy
import datetime
import pathlib
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Any

IMMUTABLE: set[type] = {
    int, float, str, bool, bytes, type(None), complex, range, Decimal, Fraction, uuid.UUID,
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta,
    pathlib.PurePosixPath, pathlib.PosixPath,
}  # fmt: skip


def isolate(value: Any) -> Any:
    """The value itself where nothing can change it, else a copy that shares nothing that can be changed.

    An array that is read-only is shared, any other is copied.
    """
    kind = type(value)
    if kind in IMMUTABLE:
        return value
    if kind is dict:
        return {name: item if type(item) in IMMUTABLE else isolate(item) for name, item in value.items()}
    if kind is list:
        return [item if type(item) in IMMUTABLE else isolate(item) for item in value]
    return copy.deepcopy(value)
