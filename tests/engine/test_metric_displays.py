"""How metrics are shown while a sweep is under way."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_optbench.engine import MetricDisplay, Progress
from pytest_optbench.errors import InvalidInputError


@pytest.mark.parametrize(
    ("spec", "name", "form"),
    [("loss", "loss", None), (" loss :.2f", "loss", ".2f"), ("a:>8:.2", "a", ">8:.2"), ("a:", "a", None)],
)
def test_a_text_names_a_metric_and_its_format(spec: str, name: str, form: str | None) -> None:
    display = MetricDisplay.normalize(spec)
    assert (display.name, display.label, display.format) == (name, name, form)
    assert MetricDisplay.normalize(display) is display


@pytest.mark.parametrize(
    ("display", "value", "shown"),
    [
        (MetricDisplay("x"), 0.123456789, "0.123457"),
        (MetricDisplay("x"), 12, "12"),
        (MetricDisplay("x"), True, "yes"),
        (MetricDisplay("x"), "text", "text"),
        (MetricDisplay("x", ".1f"), 0.25, "0.2"),
        (MetricDisplay("x", ".1f"), "text", "text"),
        (MetricDisplay("x", ".1f", formatter=lambda value: f"<{value}>"), 0.25, "<0.25>"),
    ],
)
def test_values_are_shown(display: MetricDisplay, value: Any, shown: str) -> None:
    assert display.format_value(value) == shown


@pytest.mark.parametrize("spec", [3, None, "", ":.2f"])
def test_what_names_no_metric_is_refused(spec: Any) -> None:
    for ask in (lambda: MetricDisplay.normalize(spec), lambda: Progress(display_metrics=[spec])):
        with pytest.raises(InvalidInputError, match="display_metrics"):
            ask()


def test_a_label_stands_in_place_of_the_name() -> None:
    assert MetricDisplay("x", label="X").label == "X"
