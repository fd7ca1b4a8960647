"""What the plots of a page say in words: named axes, zones, bounds and floors, whole numbers of workers."""

from __future__ import annotations

import re

import pytest

from pytest_optbench.report.figures import Line, chart, curve, ladder
from pytest_optbench.report.limit_meanings import LimitMeaning, meaning_of
from pytest_optbench.report.outcome import Chart, Limit

LOADS = ((1.0, 7.0, True), (2.0, 8.0, False), (3.0, 8.0, True), (4.0, 30.0, False))
FLOORS = {"noop_us": 3.0}


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def words(svg: str) -> list[str]:
    return [text for text in texts(svg) if not re.fullmatch(r"[\d.]+[kM]?", text)]


@pytest.mark.parametrize(
    ("value", "unit", "axes"),
    [
        (3.0, "runs", ["runs", "measured"]),
        (8.0, "us a run", ["load", "measured, us a run"]),
        (0.5, "exponent", ["load", "measured"]),
        (3.0, "", ["load", "measured"]),
    ],
)
def test_a_limit_of_an_own_scenario_has_its_unit_at_the_axis_of_its_figure(
    value: float, unit: str, axes: list[str]
) -> None:
    limit = Limit("own", value, unit, LOADS)
    drawn = words(curve([Line("measured", limit)], meaning_of(limit), {}))
    assert sorted(drawn) == sorted([*axes, "holds", "degrades", "breaks", "measured"])


def test_a_limit_of_the_suite_has_named_axes_its_bound_and_its_floor() -> None:
    cost = Limit("resume cost", 7.0, "us per run", LOADS)
    drawn = words(curve([Line("now", cost), Line("before", cost)], meaning_of(cost), FLOORS))
    assert {"finished runs", "time per finished run, us", "now", "before"} <= set(drawn)
    assert "floor: writing a record by hand" in drawn
    prompt = Limit("largest plan started within 1 s", 1.0, "cases", LOADS)
    assert "bound: 1" in words(curve([Line("measured", prompt)], meaning_of(prompt), FLOORS))


def test_a_floor_that_was_not_calibrated_is_left_out() -> None:
    cost = Limit("resume cost", 7.0, "us per run", LOADS)
    assert not [text for text in words(curve([Line("now", cost)], meaning_of(cost), {})) if text.startswith("floor")]


def test_a_rate_of_workers_stands_beside_its_straight_line() -> None:
    rate = Limit("best rate of thread workers", 30.0, "runs/s", LOADS)
    assert "each as much as the first" in words(curve([Line("measured", rate)], meaning_of(rate), {}))


def test_loads_that_held_and_broke_have_a_row_for_each_target() -> None:
    limit = Limit("nesting depth", 2.0, "levels", LOADS)
    assert words(ladder([Line("", limit)], LimitMeaning(across="levels"))) == ["levels"]
    assert {"engine", "metalab"} <= set(words(ladder([Line("engine", limit), Line("metalab", limit)], LimitMeaning())))


def test_there_is_no_half_worker() -> None:
    rates = Chart("Runs a second", "workers", "runs/s", {"threads": ((1.0, 80.5), (2.0, 160.25))})
    ticks = texts(chart(rates))
    assert {"1", "2", "workers", "runs/s"} <= set(ticks)
    assert not [tick for tick in ticks if tick.startswith("1.")]


@pytest.mark.parametrize(("top", "tick"), [(1e8, "10M"), (1e18, "1e+17"), (0.1, "0.01")])
def test_ticks_are_short_and_plain(top: float, tick: str) -> None:
    limit = Limit("own", 0.0, "", ((1.0, top / 1000, True), (2.0, top / 100, True), (3.0, top, True)))
    ticks = texts(curve([Line("measured", limit)], LimitMeaning(), {}))
    assert tick in ticks
