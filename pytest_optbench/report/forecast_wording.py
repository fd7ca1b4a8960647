"""A forecast in words, for the terminal and the HTML alike: its answer, its first limit, figures with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .forecast import CostForecast, Estimate, Forecast, ResourceLimit, Unit
from .wording import count

Scale = Sequence[tuple[float, str]]  # the units that a figure can have, the smallest first
SCALES: dict[Unit, Scale] = {
    "s": ((1e-3, "ms"), (1.0, "s"), (60.0, "min"), (3_600.0, "h"), (86_400.0, "days"), (31_557_600.0, "years")),
    "bytes": ((1.0, "bytes"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB")),
    "count": ((1.0, ""), (1e3, "thousand"), (1e6, "million"), (1e9, "billion")),
}
FROM = 2.0  # a figure takes the next unit of time when it has that many of it: 90 s, and 2 min
UNKNOWN = 100.0  # an interval that ends that many times above its value says nothing about its end
Fits = Literal["fits", "may not fit", "does not fit"]


def answer_text(forecast: Forecast) -> str:
    """Return the wall time of the runs that were asked about, for one worker and for the useful number of them."""
    walls = {cost.workers: cost for cost in forecast.costs if cost.cost == "wall time"}
    times = [f"{estimate_text(at_asked(forecast, walls[1]), 's')} with 1 worker"]
    if forecast.knee in walls and forecast.knee != 1:
        times.append(f"{estimate_text(at_asked(forecast, walls[forecast.knee]), 's')} with {forecast.knee}")
    more = f"; more than {forecast.knee} gain little" if len(walls) > 1 else ""
    runs = count(forecast.runs, f"{forecast.payload} run")
    return f"{runs} by {forecast.executor}: {', '.join(times)}{more}"


def limit_answer(forecast: Forecast) -> str:
    """Return the first limit of the sweep, and whether it fits."""
    limit = forecast.first_limit
    if limit is None:
        return "no limit of this machine was found"
    asked = count(forecast.runs, "run")
    verdict = {
        "fits": f"{asked} stay below it",
        "may not fit": f"{asked} may reach it",
        "does not fit": f"{asked} do not fit",
    }[fits(forecast)]
    return f"first limit: {limit_text(limit)}; {verdict}"


def fits(forecast: Forecast) -> Fits:
    """Return whether the runs stay below the first limit, by its interval."""
    limit = forecast.first_limit
    if limit is None or forecast.runs < limit.low:
        return "fits"
    return "does not fit" if forecast.runs >= limit.runs else "may not fit"


def limit_text(limit: ResourceLimit) -> str:
    """Return a limit, such as `inodes of this disk at 3.1 (3.0 to 3.3) million runs`."""
    high = limit.runs if limit.high is None else limit.high
    reached = estimate_text(Estimate(limit.runs, limit.low, high), "count")
    return f"{limit.name} at {reached} runs{' or more' if limit.high is None else ''}"


def cost_name(cost: CostForecast) -> str:
    """Return the name of a cost, with the number of workers where it depends on them."""
    if not cost.workers:
        return cost.cost
    return f"{cost.cost}, {cost.workers} worker{'' if cost.workers == 1 else 's'}"


def growth_text(cost: CostForecast) -> str:
    """Return how a cost grows with the runs."""
    if cost.growth is None:
        return "growth not measured, taken as linear"
    low, high = (f"{bound:.2f}" for bound in (cost.growth.low, cost.growth.high))
    interval = "" if low == high else f" ({low} to {high})"
    return f"grows with exponent {cost.growth.value:.2f}{interval}; 1 is linear"


def extrapolated(forecast: Forecast, size: int) -> bool:
    """Return whether a size is larger than any that was measured."""
    return size > forecast.largest


def at_asked(forecast: Forecast, cost: CostForecast) -> Estimate:
    """Return the estimate of a cost for the runs that were asked about."""
    return cost.at[forecast.sizes.index(forecast.runs)]


def estimate_text(estimate: Estimate, unit: Unit, to: str = " to ") -> str:
    """Return a value with its interval in one unit, such as `14 (12 to 18) min`; without it where both look the same.

    An interval without a useful end is `14 (from 12) min`.
    """
    divisor, name = _scaled(estimate.value, unit)
    value, low, high = (_figure(each / divisor) for each in (estimate.value, estimate.low, estimate.high))
    interval = "" if low == high else f" ({low}{to}{high})"
    if estimate.high > UNKNOWN * estimate.value:
        interval = f" (from {low})"
    return f"{value}{interval} {name}".rstrip()


def _scaled(value: float, unit: Unit) -> tuple[float, str]:
    least = FROM if unit == "s" else 1.0
    scale = SCALES[unit]
    return next((each for each in reversed(scale) if value >= least * each[0]), scale[0])


def _figure(value: float) -> str:
    """Return a number with two digits, or all of a whole part that has more."""
    return f"{value:,.0f}" if abs(value) >= 9.95 else f"{value:.2g}"
