"""Checks of parameter values: what cannot mean anything is refused by name, before anything runs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real

from pytest_optbench.errors import InvalidInputError, UnknownNameError


def check_number(name: str, value: object, interval: str) -> None:
    """Refuse anything but a finite number within `interval`, written as in mathematics: "(0, 1]".

    Raises InvalidInputError, naming the parameter, the value and the interval.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not _within(float(value), interval):
        raise InvalidInputError(f"{name}={value!r} makes no sense: give a finite number in {interval}")


def check_integer(name: str, value: object, at_least: int) -> int:
    """Refuse anything but a whole number of at least `at_least`; the number as a Python int.

    Raises InvalidInputError, naming the parameter, the value and the least one.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < at_least:
        raise InvalidInputError(f"{name}={value!r} makes no sense: give a whole number >= {at_least}")
    return int(value)


def check_choice(name: str, value: object, valid: Iterable[str]) -> None:
    """Refuse a word that is none of `valid`; raises UnknownNameError, which lists them."""
    listed = tuple(valid)
    if value not in listed:
        raise UnknownNameError(name, value, listed)


def _within(value: float, interval: str) -> bool:
    low, high = (float(bound) for bound in interval[1:-1].split(","))
    above = value >= low if interval[0] == "[" else value > low
    below = value <= high if interval[-1] == "]" else value < high
    return above and below and math.isfinite(value)
