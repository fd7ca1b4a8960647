"""What the plots of the report say in words: units at the axis where they belong, and whole numbers of workers."""

from __future__ import annotations

import re

import pytest

from pytest_optbench.report.figures import chart, curve
from pytest_optbench.report.outcome import Chart, Limit

LOADS = ((1.0, 7.0, True), (2.0, 8.0, True), (4.0, 30.0, False))


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize(
    ("value", "unit", "axes"),
    [
        (2.0, "runs", ["load, runs", "measured"]),
        (8.0, "us a run", ["load", "measured, us a run"]),
        (0.5, "exponent", ["load", "measured"]),
        (2.0, "", ["load", "measured"]),
    ],
)
def test_a_unit_stands_at_the_axis_of_its_figure(value: float, unit: str, axes: list[str]) -> None:
    words = [text for text in texts(curve(Limit("cost", value, unit, LOADS))) if not text.isdigit()]
    assert words == [*axes, "holds", "degrades", "breaks", "measured"]


def test_there_is_no_half_worker() -> None:
    told = Chart("Runs a second", "workers", "runs/s", {"threads": ((1.0, 80.5), (2.0, 160.25))})
    ticks = texts(chart(told))
    assert {"1", "2"} <= set(ticks)
    assert not [tick for tick in ticks if tick.startswith("1.")]
