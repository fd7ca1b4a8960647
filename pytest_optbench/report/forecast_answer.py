"""The answer of a forecast: whether the runs go through, when they end, what they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from .answer import Answer, Line, Tone
from .forecast import Cost, Estimate, Forecast
from .forecast_wording import Fits, at_asked, cost_name, estimate_text, fits, limit_text

COMMAND = "pytest --optbench-forecast 2000000 --optbench-html=forecast.html"
WORDS: Mapping[Fits, tuple[Tone, str]] = {
    "fits": ("good", "yes"),
    "may not fit": ("warn", "perhaps"),
    "does not fit": ("bad", "no"),
}
TOLD: tuple[Cost, ...] = ("disk", "inodes", "memory to run", "memory to plan")
LATEST = 10 * 365 * 86_400.0  # seconds: nobody waits for the date of a later end


def forecast_answer(forecast: Forecast | None, started: str) -> Answer:
    """Return the answer of a forecast that was made at a time, in the ISO format; or how to make one."""
    if forecast is None:
        return Answer("How far will my sweep go?", "", "not forecast in this session", command=COMMAND)
    tone, word = WORDS[fits(forecast)]
    limit = forecast.first_limit
    reason = f"{word}: first limit is {limit_text(limit)}" if limit else f"{word}: no limit of this machine was found"
    lines = tuple(Line(text, "forecast") for text in _lines(forecast, started))
    return Answer(f"Will {forecast.runs:,} runs go through?", tone, reason, lines)


def _lines(forecast: Forecast, started: str) -> Iterator[str]:
    """Yield the wall time with the useful number of workers and when it ends, then what the sweep takes otherwise."""
    for cost in forecast.costs:
        if cost.cost == "wall time" and cost.workers == forecast.knee:
            wall = at_asked(forecast, cost)
            yield f"{cost_name(cost)}: {estimate_text(wall, cost.unit)}{_end(wall, started)}"
        if cost.cost in TOLD and at_asked(forecast, cost).value > 0:
            yield f"{cost_name(cost)}: {estimate_text(at_asked(forecast, cost), cost.unit)}"


def _end(wall: Estimate, started: str) -> str:
    """Return when a sweep ends that was started with the forecast, at the latest; empty where nobody can know."""
    try:
        begun = datetime.fromisoformat(started)
    except ValueError:
        return ""
    if wall.high > LATEST:
        return ""
    return (
        f"; begun {begun:%a %d %b %H:%M}, it ends by {begun + timedelta(seconds=wall.high):%a %d %b %H:%M %Z}".rstrip()
    )
