"""The largest load that still holds: a geometric ramp, then bisection, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pytest_optbench.errors import InvalidInputError

Stopped = Literal["broke", "budget", "ceiling"]
Measured = Callable[[int], tuple[float, bool]]


class Probe(NamedTuple):
    """One load that was tried: what was measured, and whether it held."""

    load: int
    value: float
    held: bool


@dataclass(frozen=True)
class SearchResult:
    """The largest load that held, 0 where none did.

    `curve` has every probe, by load; `stopped` says why the search went no further: a load broke and the limit is
    known to the resolution asked for, the time was over, or the ceiling held.
    """

    value: int
    curve: tuple[Probe, ...]
    stopped: Stopped


def largest(
    probe: Measured,
    *,
    start: int = 1,
    ceiling: int,
    budget: float,
    factor: int = 2,
    resolution: float = 1.25,
    clock: Callable[[], float] = time.monotonic,
) -> SearchResult:
    """Search the largest load from `start` to `ceiling` for which `probe` holds; no load is probed twice.

    Args:
        probe: gives what it measured and whether the load held; what it raises is the caller's.
        budget: seconds; no probe begins after that, and the first one always does.
        factor: the ramp multiplies the load by it until one breaks.
        resolution: bisection ends when the smallest broken load is at most that many times the largest held one.

    Raises:
        InvalidInputError: a range, factor or resolution that leaves nothing to search.
    """
    if not 1 <= start <= ceiling or factor < 2 or resolution < 1:
        raise InvalidInputError(
            f"no search from {start} to {ceiling} by {factor} at {resolution}: "
            f"give 1 <= start <= ceiling, factor >= 2, resolution >= 1"
        )
    deadline = clock() + budget
    curve: list[Probe] = []
    held, broken = 0, ceiling + 1  # every load <= held is taken to hold, every load >= broken to break
    load = start
    while True:
        curve.append(Probe(load, *probe(load)))
        if curve[-1].held:
            held = load
        else:
            broken = load
        if held == ceiling:
            return _limit(held, curve, "ceiling")
        if _settled(held, broken, start, ceiling, resolution):
            return _limit(held, curve, "broke")
        if clock() >= deadline:
            return _limit(held, curve, "budget")
        load = _next(held, broken, start, ceiling, factor)


def _settled(held: int, broken: int, start: int, ceiling: int, resolution: float) -> bool:
    """Whether no load is left between held and broken that would tell more."""
    if broken > ceiling:
        return False
    return broken <= start or broken - held <= 1 or (held > 0 and broken <= held * resolution)


def _next(held: int, broken: int, start: int, ceiling: int, factor: int) -> int:
    """The next load: up the ramp while nothing broke, else the geometric middle, strictly between both."""
    if broken > ceiling:
        return min(max(held * factor, start), ceiling)
    middle = int((held * broken) ** 0.5)
    return min(max(middle, held + 1), broken - 1)


def _limit(held: int, curve: list[Probe], stopped: Stopped) -> SearchResult:
    return SearchResult(held, tuple(sorted(curve)), stopped)
