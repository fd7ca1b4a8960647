"""Whether the runs of a forecast go through, when they end, and what they take."""

from __future__ import annotations

import pytest

from pytest_optbench.report.forecast import Cost, CostForecast, Estimate, Forecast, ResourceLimit, Unit
from pytest_optbench.report.forecast_answer import forecast_answer

FRIDAY = "2026-11-27T12:00:00Z"


def cost(name: Cost, unit: Unit, value: float, workers: int = 0) -> CostForecast:
    return CostForecast(name, unit, (Estimate(value, value / 2, value * 2),), workers)


def forecast(*limits: ResourceLimit, wall: float = 86_400.0) -> Forecast:
    costs = (
        cost("wall time", "s", 2 * wall, 1), cost("wall time", "s", wall, 2), cost("disk", "bytes", 3e9),
        cost("inodes", "count", 4e6), cost("memory to plan", "bytes", 0.0), cost("time to resume", "s", 9.0),
    )  # fmt: skip
    return Forecast(2_000_000, "noop", "thread", (2_000_000,), costs, 1000, 2, 30.0, limits)


def limit(runs: float, low: float) -> ResourceLimit:
    return ResourceLimit("inodes of this disk", "inodes", 1e6, "count", runs, low, 2 * runs)


@pytest.mark.parametrize(
    ("made", "tone", "short"),
    [
        (None, "", "not forecast in this session"),
        (forecast(), "good", "yes: no limit of this machine was found"),
        (forecast(limit(9e6, 5e6)), "good", "yes: first limit is inodes of this disk at 9 (5 to 18) million runs"),
        (
            forecast(limit(3e6, 1.5e6)),
            "warn",
            "perhaps: first limit is inodes of this disk at 3 (1.5 to 6) million runs",
        ),
        (forecast(limit(1e6, 5e5)), "bad", "no: first limit is inodes of this disk at 1 (0.5 to 2) million runs"),
    ],
)
def test_whether_the_runs_go_through(made: Forecast | None, tone: str, short: str) -> None:
    answer = forecast_answer(made, FRIDAY)
    assert (answer.tone, answer.short) == (tone, short)
    assert bool(answer.command) == (made is None)


def test_it_says_when_the_runs_end_and_what_they_take() -> None:
    answer = forecast_answer(forecast(), FRIDAY)
    assert answer.question == "Will 2,000,000 runs go through?"
    assert [line.text for line in answer.lines] == [
        "wall time, 2 workers: 24 (12 to 48) h; begun Fri 27 Nov 12:00, it ends by Sun 29 Nov 12:00 UTC",
        "disk: 3 (1.5 to 6) GB",
        "inodes: 4 (2 to 8) million",
    ]
    assert {line.anchor for line in answer.lines} == {"forecast"}


@pytest.mark.parametrize(("started", "wall"), [("at an unknown time", 60.0), (FRIDAY, 1e12)])
def test_an_end_that_nobody_knows_is_left_out(started: str, wall: float) -> None:
    assert "ends" not in forecast_answer(forecast(wall=wall), started).lines[0].text
