"""What a scenario hands over, as the plain data that outcomes are made of: converted, or refused by name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.text import one_line, plain_text


def number(value: Any, where: str) -> int | float:
    """A finite number as Python's own; numpy's, fractions and decimals are converted.

    Raises:
        InvalidInputError: it is none, or beyond what a float holds.
    """
    try:
        plain = value.item() if hasattr(value, "item") else value
        if isinstance(plain, str | bytes):
            raise TypeError("a text")  # `float` would read it
        finite = math.isfinite(float(plain))
    except Exception as error:
        raise InvalidInputError(f"{where}: {_shown(value)} is no finite number ({one_line(error)})") from error
    if not finite:
        raise InvalidInputError(f"{where}: {_shown(value)} is no finite number; say in words what was not measured")
    return int(plain) if isinstance(plain, int) else float(plain)


def count(value: Any, where: str) -> int:
    """A whole number from 0.

    Raises:
        InvalidInputError: it is none.
    """
    found = number(value, where)
    if found < 0 or found != int(found):
        raise InvalidInputError(f"{where}: {_shown(value)} counts nothing; give a whole number from 0")
    return int(found)


def flag(value: Any, where: str) -> bool:
    """A truth value.

    Raises:
        InvalidInputError: it has none, as an array of several.
    """
    try:
        return bool(value)
    except Exception as error:
        raise InvalidInputError(f"{where}: {_shown(value)} is neither true nor false") from error


def one_of(value: Any, valid: Iterable[str], where: str) -> Any:
    """One of some words.

    Raises:
        InvalidInputError: it is none of them.
    """
    listed = tuple(valid)
    if not (isinstance(value, str) and value in listed):
        raise InvalidInputError(f"{where}: {_shown(value)} is none of {', '.join(map(repr, listed))}")
    return str(value)


def _shown(value: object) -> str:
    try:
        return plain_text(repr(value))[:100]
    except Exception:  # noqa: BLE001 - as `text`
        return f"a {type(value).__name__}"
