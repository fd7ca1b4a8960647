"""Convert the values that a scenario passes to the plain data of outcomes, or refuse them by name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.text import one_line, plain_text


def number(value: Any, where: str) -> int | float:
    """Return a finite number as Python's own type; those of numpy, fractions and decimals are converted.

    Raises:
        InvalidInputError: the value is not a number, or is larger than any float.
    """
    try:
        plain = value.item() if hasattr(value, "item") else value
        if isinstance(plain, str | bytes):
            raise TypeError("a text")  # `float` would read it
        finite = math.isfinite(float(plain))
    except Exception as error:
        raise InvalidInputError(f"{where}: {_shown(value)} is not a finite number ({one_line(error)})") from error
    if not finite:
        raise InvalidInputError(
            f"{where}: {_shown(value)} is not a finite number: leave it out, and say in words what was not measured"
        )
    return int(plain) if isinstance(plain, int) else float(plain)


def count(value: Any, where: str) -> int:
    """Return a whole number from 0.

    Raises:
        InvalidInputError: the value is not a number, negative, or not whole.
    """
    figure = number(value, where)
    if figure < 0 or figure != int(figure):
        raise InvalidInputError(f"{where}: {_shown(value)} is not a count: give a whole number from 0")
    return int(figure)


def flag(value: Any, where: str) -> bool:
    """Return a truth value.

    Raises:
        InvalidInputError: the value has none, such as an array of several entries.
    """
    try:
        return bool(value)
    except Exception as error:
        raise InvalidInputError(f"{where}: {_shown(value)} is neither true nor false") from error


def one_of(value: Any, valid: Iterable[str], where: str) -> Any:
    """Return the value, which has to be one of some words.

    Raises:
        InvalidInputError: the value is not one of them.
    """
    listed = tuple(valid)
    if not (isinstance(value, str) and value in listed):
        raise InvalidInputError(f"{where}: {_shown(value)} is not one of {', '.join(map(repr, listed))}")
    return str(value)


def _shown(value: object) -> str:
    try:
        return plain_text(repr(value))[:100]
    except Exception:  # noqa: BLE001 - as `text`
        return f"a {type(value).__name__}"
