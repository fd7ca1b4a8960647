"""A forecast in the terminal: fits 80 columns, says what is extrapolated, and whether the runs fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_optbench.report.forecast import CostForecast, Estimate, Forecast, ResourceLimit, Unit
from pytest_optbench.report.forecast_lines import lines
from pytest_optbench.report.forecast_wording import answer_text, estimate_text, growth_text, limit_answer

SIZES = (100_000, 1_000_000, 10_000_000)


def spread(value: float) -> Estimate:
    return Estimate(value, 0.8 * value, 1.3 * value)


def made(inodes: float = 3.1e6) -> Forecast:
    linear = Estimate(1.0, 0.98, 1.02)
    walls = [
        CostForecast("wall time", "s", tuple(spread(0.001 * size / workers) for size in SIZES), workers, (), linear)
        for workers in (1, 2, 16)
    ]
    disk = CostForecast("disk", "bytes", tuple(Estimate(9e3 * size, 9e3 * size, 9e3 * size) for size in SIZES))
    resume = CostForecast(
        "time to resume", "s", tuple(spread(1e-8 * size**2) for size in SIZES), 0, (), Estimate(2, 1.9, 2.1)
    )
    limit = ResourceLimit("inodes of this disk", "inodes", 6e6, "count", inodes, 0.9 * inodes, None)
    other = ResourceLimit("space on this disk", "disk", 6e12, "bytes", 9e8, 8e8, 1e9)
    return Forecast(
        1_000_000, "noop", "thread", SIZES, (*walls, disk, resume), 200_000, 2, 41.7, (limit, other), ("a note",)
    )


def text_of(forecast: Forecast) -> list[str]:
    return [text for text, _ in lines(forecast)]


def test_the_answer_comes_first_and_everything_fits_80_columns() -> None:
    found = text_of(made())
    assert "\n".join(found).startswith(answer_text(made())[:60])
    assert max(map(len, found)) <= 80
    assert "1,000,000 noop runs by thread: 17 (13 to 22) min with 1 worker, 8.3 (6.7 to 11) min with 2" in answer_text(
        made()
    )


def test_what_is_larger_than_any_measured_sweep_is_marked() -> None:
    heads = next(line for line in text_of(made()) if line.startswith("runs")).split()
    assert heads == ["runs", "100,000", "1,000,000*", "10,000,000*"]
    assert "* extrapolated: the largest sweep that was measured had 200,000 runs" in text_of(made())
    measured = replace(made(), largest=10_000_000)
    assert not any("extrapolated" in line or "*" in line for line in text_of(measured))


@pytest.mark.parametrize(
    ("inodes", "colour", "says"),
    [
        (3.1e6, "green", "inodes of this disk at 3.1 (2.8 to 3.1) million runs or more; 1,000,000 runs stay below it"),
        (1.05e6, "yellow", "1,000,000 runs may reach it"),
        (9e5, "red", "inodes of this disk at 900 (810 to 900) thousand runs or more; 1,000,000 runs do not fit"),
    ],
)
def test_the_first_limit_says_whether_the_runs_fit(inodes: float, colour: str, says: str) -> None:
    assert says in limit_answer(made(inodes))
    assert any(shade == colour and text.startswith("first limit:") for text, shade in lines(made(inodes)))


def test_a_forecast_without_limits_says_so() -> None:
    assert limit_answer(replace(made(), limits=())) == "no limit of this machine was found"


def test_growth_that_is_not_linear_is_explained_and_so_are_notes() -> None:
    found = "\n".join(text_of(made()))
    assert "time to resume: grows with exponent 2.00 (1.90 to 2.10); 1 is linear" in found
    assert "next limit: space on this disk at 900 (800 to 1,000) million runs" in found
    assert "a note" in found
    assert "measured in 42 s" in found
    assert growth_text(CostForecast("disk", "bytes", ())) == "growth not measured, taken as linear"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0004, "s", "0.4 (0.32 to 0.52) ms"),
        (1.5, "s", "1,500 (1,200 to 1,950) ms"),
        (90, "s", "90 (72 to 117) s"),
        (3_600, "s", "60 (48 to 78) min"),
        (10_000, "s", "2.8 (2.2 to 3.6) h"),
        (1e6, "s", "12 (9.3 to 15) days"),
        (1e9, "s", "32 (25 to 41) years"),
        (512, "bytes", "512 (410 to 666) bytes"),
        (4.25e9, "bytes", "4.2 (3.4 to 5.5) GB"),
        (7, "count", "7 (5.6 to 9.1)"),
        (3_100_000, "count", "3.1 (2.5 to 4) million"),
    ],
)
def test_figures_have_one_unit_and_two_digits(value: float, unit: Unit, shown: str) -> None:
    assert estimate_text(spread(value), unit) == shown


def test_an_interval_that_shows_nothing_is_left_out_and_one_without_an_end_has_only_its_start() -> None:
    assert estimate_text(Estimate(4.25e9, 4.24e9, 4.23e9), "bytes") == "4.2 GB"
    assert estimate_text(Estimate(60, 50, 1e9), "s") == "60 (from 50) s"
