"""The digest of a stepped metric in the witness: its number of points and two digests.

A store may return the steps in another order, but not the points *within* one step: the digests are taken
after a stable sort by step, so that exactly this is compared.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Point = tuple[int, float]


@dataclass(frozen=True)
class SeriesDigest:
    """The digests of a stepped metric: `digest` of its points in order, `content` of them in any order."""

    points: int
    digest: str
    content: str


def series_digest(points: Iterable[Point]) -> SeriesDigest:
    """Return the digests of `points`, pairs (step, value): -0.0 differs from 0.0, all NaN are one value.

    Raises:
        TypeError, ValueError, OverflowError: a point is not a pair of a whole step and a number.
    """
    cleaned = [(_whole(step), _one_nan(float(value))) for step, value in points]
    cleaned.sort(key=_step)
    in_order = _digest(cleaned)
    if len({step for step, _ in cleaned}) == len(cleaned):
        return SeriesDigest(len(cleaned), in_order, in_order)
    cleaned.sort(key=_total_order)
    return SeriesDigest(len(cleaned), in_order, _digest(cleaned))


def _whole(step: Any) -> int:
    if step != int(step):
        raise ValueError(f"step {step!r} is not a whole number")
    return int(step)


def _one_nan(value: float) -> float:
    return value if value == value else math.nan


def _step(point: Point) -> int:
    return point[0]


def _total_order(point: Point) -> tuple[int, bool, float, float]:
    """Order points totally: plain comparison knows neither NaN nor the sign of zero."""
    step, value = point
    missing = math.isnan(value)
    return step, missing, 0.0 if missing else value, math.copysign(1.0, value)


def _digest(points: list[Point]) -> str:
    hashed = hashlib.blake2b(digest_size=16)
    try:
        hashed.update(array("q", [step for step, _ in points]))
    except OverflowError:  # steps beyond 64 bits
        hashed.update(" ".join(str(step) for step, _ in points).encode())
    hashed.update(array("d", [value for _, value in points]))
    return hashed.hexdigest()
