"""What no metalab may refuse: ordinary values of parameters and contexts, and ordinary names of artifacts."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

WIDEST = 2**63  # integers from here on may be refused: not every store keeps them
LONGEST_NAME = 100  # characters of a name that every file system takes, whatever a store adds to it
PLAIN_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_. -]*[A-Za-z0-9_-])?", re.ASCII)
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


def is_ordinary(value: Any, *, classes: bool = False) -> bool:
    """Whether a value is None, a boolean, a number that is finite, a text, or lists and dicts of such.

    Integers beyond 64 bits, texts with NUL or half a surrogate pair, keys that are no texts, values of a subclass and
    lists that hold themselves are not ordinary. With `classes`, as in contexts, dataclasses of ordinary members are.
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
    """Whether every case has ordinary names and values."""
    return all(is_ordinary(dict(case)) for case in cases)


def ordinary_names(names: Sequence[str]) -> frozenset[str]:
    """Those of a run's artifact names that may not be refused: of letters, digits, `_`, `-`, dots and blanks inside.

    Names that begin with none of the first two, that Windows keeps for devices, that are longer than `LONGEST_NAME`,
    hold two dots in a row, or differ from another one in case alone may be.
    """
    alike = Counter(map(str.casefold, names))
    return frozenset(name for name in names if _is_plain(name) and alike[name.casefold()] == 1)


def _is_plain(name: str) -> bool:
    device = name.split(".")[0].casefold() in DEVICES
    return bool(PLAIN_NAME.fullmatch(name)) and len(name) <= LONGEST_NAME and ".." not in name and not device
