"""Inputs that no metalab may refuse: ordinary values of parameters and contexts, ordinary names of artifacts."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

WIDEST = 2**63  # integers from here on may be refused: not every store holds them
LONGEST_NAME = 100  # characters of a name that every file system takes, with a prefix and suffix of the store
PLAIN_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_. -]*[A-Za-z0-9_-])?", re.ASCII)
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


def is_ordinary(value: Any, *, classes: bool = False) -> bool:
    """Return whether a value is None, a boolean, a finite number, a text, or a list or dict of these.

    Integers beyond 64 bits, texts with NUL or half a surrogate pair, keys other than texts, values of a subclass and
    lists that contain themselves are not ordinary. With `classes`, as in contexts, dataclasses of ordinary members are.
    """
    try:
        return _is_ordinary(value, classes=classes)
    except RecursionError:
        return False


def _is_ordinary(value: Any, *, classes: bool) -> bool:
    kind = type(value)
    if kind in (type(None), bool):
        return True
    if kind in (int, float):
        return -WIDEST <= value < WIDEST if kind is int else math.isfinite(value)
    if kind is str:
        return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)
    if kind is list:
        return all(_is_ordinary(item, classes=classes) for item in value)
    if kind is dict:
        return all(type(name) is str and is_ordinary(name) for name in value) and is_ordinary(
            list(value.values()), classes=classes
        )
    if classes and is_dataclass(value):
        return is_ordinary([getattr(value, field.name) for field in fields(value)], classes=True)
    return False


def are_ordinary(cases: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether every case has ordinary names and values."""
    return all(is_ordinary(dict(case)) for case in cases)


def ordinary_names(names: Sequence[str]) -> frozenset[str]:
    """Return those of a run's artifact names that may not be refused: of letters, digits, `_`, `-`, dots and blanks.

    A name may be refused if it does not begin with a letter or digit, ends with a dot or blank, is a device of
    Windows, is longer than `LONGEST_NAME`, has two dots in a row, or differs from another one only in case.
    """
    alike = Counter(map(str.casefold, names))
    return frozenset(name for name in names if _is_plain(name) and alike[name.casefold()] == 1)


def _is_plain(name: str) -> bool:
    device = name.split(".")[0].casefold() in DEVICES
    return bool(PLAIN_NAME.fullmatch(name)) and len(name) <= LONGEST_NAME and ".." not in name and not device
