"""The forecast in the terminal: the answer, the first limit, and a table of costs by the number of runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .forecast import CostForecast, Forecast
from .forecast_wording import (
    Fits,
    answer_text,
    cost_name,
    estimate_text,
    extrapolated,
    fits,
    growth_text,
    limit_answer,
    limit_text,
)
from .wording import Line, wrapped

NAME, COLUMN = 20, 20
COLOURS: Mapping[Fits, str] = {"fits": "green", "may not fit": "yellow", "does not fit": "red"}


def lines(forecast: Forecast) -> Iterator[Line]:
    """Yield the lines of a forecast, each with the name of its colour or None."""
    yield from ((text, None) for text in wrapped(answer_text(forecast)))
    yield from ((text, COLOURS[fits(forecast)]) for text in wrapped(limit_answer(forecast)))
    yield "", None
    marks = [f"{size:,}{'*' if extrapolated(forecast, size) else ''}" for size in forecast.sizes]
    yield _row("runs", marks), None
    for cost in forecast.costs:
        yield _row(cost_name(cost), [estimate_text(at, cost.unit, "-") for at in cost.at]), None
    yield "", None
    yield from ((text, None) for text in _explanations(forecast))


def _explanations(forecast: Forecast) -> Iterator[str]:
    if any(extrapolated(forecast, size) for size in forecast.sizes):
        yield from wrapped(f"* extrapolated: the largest sweep that was measured had {forecast.largest:,} runs")
    yield from wrapped(
        "in brackets: 95 % intervals, from the spread of the measurements and of the exponents with which costs grow"
    )
    for cost in forecast.costs:
        if cost.workers == 1 or _is_not_linear(cost):
            yield from wrapped(f"{cost_name(cost)}: {growth_text(cost)}")
    for limit in forecast.limits[1:]:
        yield from wrapped(f"next limit: {limit_text(limit)}")
    for note in forecast.notes:
        yield from wrapped(note)
    yield f"measured in {forecast.seconds:.0f} s"


def _is_not_linear(cost: CostForecast) -> bool:
    unknown = cost.growth is None and cost.unit == "s"
    return cost.workers == 0 and (unknown or (cost.growth is not None and cost.growth.low > 1))


def _row(name: str, values: list[str]) -> str:
    first, *others = values
    return f"{name}{first:>{max(1, NAME + COLUMN - len(name))}}{''.join(f'{value:>{COLUMN}}' for value in others)}"
