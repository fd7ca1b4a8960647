"""What a value that is no number did to its run, judged on hand-written records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytest_optbench.target import StoredRun
from scenarios.stepped_metrics.bad_values import bad_value_message

GOOD = [(0, 0.0), (1, 1.0), (2, 2.0)]
REFUSED = "InvalidInputError: metric 'loss': 1j is no number"


def run(*points: tuple[int, Any], status: str = "success", error: Any = None) -> StoredRun:
    return StoredRun("run-1", status, {}, series={"loss": points} if points else {}, error=error)


def told(stored: StoredRun | None, refusal: str | None = None, bad: Any = "text") -> str:
    return bad_value_message("loss", GOOD, (1, bad), refusal, stored)


def test_a_clear_refusal_costs_nothing() -> None:
    assert told(run(*GOOD), REFUSED) == ""


@pytest.mark.parametrize("bad", ["text", None, [1.0, 2.0], float("nan"), np.float32(0.1)], ids=repr)
def test_a_value_that_is_kept_as_it_was_costs_nothing(bad: Any) -> None:
    stored = run((0, 0.0), (1, bad.item() if isinstance(bad, np.float32) else bad), (1, 1.0), (2, 2.0))
    assert told(stored, bad=bad) == ""


@pytest.mark.parametrize(
    ("stored", "refusal", "wrong"),
    [
        (None, None, "the run is not in the store"),
        (run(status="running"), None, "the run is stored as running:"),
        (run(status="failed", error={"type": "E", "message": "m"}), None, "the run is stored as failed: E m"),
        (run(*GOOD), "KeyError: 'x'", "it was refused with an error that does not name the metric: KeyError: 'x'"),
        (run(), None, "all 3 other points of 'loss' are neither listed nor read by name, and the run is a success"),
        (run(*GOOD), None, "3 points are stored, 4 were taken"),
        (run(*GOOD[:2]), REFUSED, "2 points are stored, 3 were taken"),
        (
            run((0, 0.0), (1, "other"), (1, 1.0), (2, 2.0)),
            None,
            "at step 1 'text' was taken, 'other' at step 1 is stored",
        ),
        (run((0, 0.0), (1, 1.0), (2, -2.0)), REFUSED, "at step 2 2.0 was taken, -2.0 at step 2 is stored"),
    ],
)
def test_every_harm_is_told(stored: StoredRun | None, refusal: str | None, wrong: str) -> None:
    assert told(stored, refusal) == wrong
