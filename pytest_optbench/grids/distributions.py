"""Distributions of random sources: frozen, and computed from 128 random bits with exact arithmetic.

No platform's `exp` or `log` is asked: logarithmic draws use `decimal`, which rounds correctly everywhere, so
a draw is the same on every machine and with every version of numpy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Protocol

from pytest_optbench.errors import InvalidInputError

from .arguments import whole_number
from .factors import Axis

BITS = 128
_DIGITS = Context(prec=34)
_UNIT = Decimal(1) / Decimal(1 << 53)


class Distribution(Protocol):
    """What one parameter of a random source is drawn from."""

    @property
    def count(self) -> int | None:
        """How many values it has, where these are few enough to be listed; None when it is continuous."""

    @property
    def even(self) -> bool:
        """Whether every one of its `count` values is equally likely."""

    def draw(self, bits: int) -> Any:
        """The value that belongs to 128 random bits."""

    def item(self, index: int) -> Any:
        """The value number `index` of `count`."""


def _fraction(bits: int) -> int:
    """The leading 53 bits: a uniform fraction of 2**53."""
    return bits >> (BITS - 53)


@dataclass(frozen=True)
class Uniform:
    """Floats of low <= x <= high."""

    low: float
    high: float
    count = None
    even = False

    def draw(self, bits: int) -> float:
        return min(self.low + (self.high - self.low) * (_fraction(bits) * 2.0**-53), self.high)

    def item(self, index: int) -> float:
        raise IndexError(f"{self} has no value number {index}")


@dataclass(frozen=True)
class LogUniform:
    """Floats of low <= x <= high whose logarithm is uniform."""

    low: float
    high: float
    count = None
    even = False

    def draw(self, bits: int) -> float:
        return min(max(float(_log_point(self.low, self.high, bits)), self.low), self.high)

    def item(self, index: int) -> float:
        raise IndexError(f"{self} has no value number {index}")


@dataclass(frozen=True)
class LogUniformInt:
    """Integers of low <= n <= high; n is as likely as the interval n..n+1 is log-uniformly on low..high+1."""

    low: int
    high: int
    even = False

    @property
    def count(self) -> int:
        return self.high - self.low + 1

    def draw(self, bits: int) -> int:
        return min(max(int(_log_point(self.low, self.high + 1, bits)), self.low), self.high)

    def item(self, index: int) -> int:
        return self.low + index


def _log_point(low: float, high: float, bits: int) -> Decimal:
    start, stop = _DIGITS.ln(Decimal(low)), _DIGITS.ln(Decimal(high))
    share = _DIGITS.multiply(Decimal(_fraction(bits)), _UNIT)
    return _DIGITS.exp(_DIGITS.fma(_DIGITS.subtract(stop, start), share, start))


@dataclass(frozen=True)
class RandInt:
    """Integers of low <= n <= high, both ends included, all equally likely."""

    low: int
    high: int
    even = True

    @property
    def count(self) -> int:
        return self.high - self.low + 1

    def draw(self, bits: int) -> int:
        return self.low + (bits * self.count >> BITS)

    def item(self, index: int) -> int:
        return self.low + index


@dataclass(frozen=True)
class Choice:
    """One of some distinct values, all equally likely."""

    options: tuple[Any, ...]
    even = True

    @property
    def count(self) -> int:
        return len(self.options)

    def draw(self, bits: int) -> Any:
        return self.options[bits * len(self.options) >> BITS]

    def item(self, index: int) -> Any:
        return self.options[index]


def uniform(low: float, high: float) -> Uniform:
    """Floats between two bounds, all equally likely.

    Raises:
        InvalidInputError: not low < high, or not both finite.
    """
    low, high = _finite("uniform", low, high)
    return Uniform(low, high)


def loguniform(low: float, high: float) -> LogUniform:
    """Floats between two positive bounds, their logarithm uniform.

    Raises:
        InvalidInputError: not 0 < low < high.
    """
    low, high = _finite("loguniform", low, high)
    if low <= 0:
        raise InvalidInputError(f"loguniform({low}, {high}): zero and below have no logarithm; 0 < low")
    return LogUniform(low, high)


def loguniform_int(low: int, high: int) -> LogUniformInt:
    """Integers from `low` to `high`, both included, log-uniform.

    Raises:
        InvalidInputError: not 1 <= low < high.
    """
    low, high = _integers("loguniform_int", low, high)
    if low < 1:
        raise InvalidInputError(f"loguniform_int({low}, {high}): zero and below have no logarithm; 1 <= low")
    return LogUniformInt(low, high)


def randint(low: int, high: int) -> RandInt:
    """Integers from `low` to `high`, both included as in `random.randint`, all equally likely.

    Raises:
        InvalidInputError: low < high are not ints less than 2**64 apart.
    """
    return RandInt(*_integers("randint", low, high))


def choice(options: Iterable[Any]) -> Choice:
    """One of the values of a list, all equally likely.

    Raises:
        InvalidInputError: it is empty or repeats a value.
    """
    return Choice(tuple(Axis("choice", options).items))


def _finite(name: str, low: float, high: float) -> tuple[float, float]:
    try:
        low, high = float(low), float(high)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInputError(f"{name}({low!r}, {high!r}): bounds are numbers") from None
    if not low < high or not math.isfinite(high - low):
        raise InvalidInputError(f"{name}({low}, {high}): bounds must be finite and low < high")
    return low, high


def _integers(name: str, low: int, high: int) -> tuple[int, int]:
    low, high = whole_number(f"{name}: low", low), whole_number(f"{name}: high", high)
    if not 0 < high - low < 2**64:
        raise InvalidInputError(f"{name}({low}, {high}): bounds must be low < high, less than 2**64 apart")
    return low, high
