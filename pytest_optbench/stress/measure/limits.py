"""Search for the largest load that holds: a geometric ramp, then bisection, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pytest_optbench.errors import InvalidInputError

Stopped = Literal["broke", "budget", "ceiling"]
ProbeFunction = Callable[[int], tuple[float, bool]]


class Probe(NamedTuple):
    """One load that was tried: the measurement, and whether the load held."""

    load: int
    value: float
    held: bool


@dataclass(frozen=True)
class SearchResult:
    """The largest load that held, 0 if none did.

    `curve` has every probe, ordered by load; `stopped` is why the search ended: a load broke and the limit is known to
    the requested resolution, the time was over, or the ceiling held.
    """

    value: int
    curve: tuple[Probe, ...]
    stopped: Stopped


def largest(
    probe: ProbeFunction,
    *,
    start: int = 1,
    ceiling: int,
    budget: float,
    factor: int = 2,
    resolution: float = 1.25,
    clock: Callable[[], float] = time.monotonic,
) -> SearchResult:
    """Search for the largest load from `start` to `ceiling` for which `probe` holds; no load is probed twice.

    Args:
        probe: returns the measurement and whether the load held; its exceptions are not caught.
        budget: seconds; no probe begins after that, and the first one always does.
        factor: the ramp multiplies the load by it until a load breaks.
        resolution: bisection ends when the smallest broken load is at most that many times the largest held one.

    Raises:
        InvalidInputError: the range, factor or resolution leaves nothing to search.
    """
    if not 1 <= start <= ceiling or factor < 2 or resolution < 1:
        raise InvalidInputError(
            f"cannot search from {start} to {ceiling} by factor {factor} at resolution {resolution}: "
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
            return _result(held, curve, "ceiling")
        if _settled(held, broken, start, ceiling, resolution):
            return _result(held, curve, "broke")
        if clock() >= deadline:
            return _result(held, curve, "budget")
        load = _next(held, broken, start, ceiling, factor)


def _settled(held: int, broken: int, start: int, ceiling: int, resolution: float) -> bool:
    """Return whether no load between held and broken is worth a probe."""
    if broken > ceiling:
        return False
    return broken <= start or broken - held <= 1 or (held > 0 and broken <= held * resolution)


def _next(held: int, broken: int, start: int, ceiling: int, factor: int) -> int:
    """Return the next load: up the ramp while nothing broke, else the geometric mean, strictly between both."""
    if broken > ceiling:
        return min(max(held * factor, start), ceiling)
    middle = int((held * broken) ** 0.5)
    return min(max(middle, held + 1), broken - 1)


def _result(held: int, curve: list[Probe], stopped: Stopped) -> SearchResult:
    return SearchResult(held, tuple(sorted(curve)), stopped)
