"""Failure injection notices each clause of its promise being broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

DRAWN = ("test_random_faults", "test_random_faults_in_processes")
RAISING = ("test_exceptions", "test_exceptions_in_processes", *DRAWN)
STORING = ("test_file_size_limit", "test_full_disk")
SABOTEURS = (
    Sabotage(
        "failure_hides_errors",
        "test_exceptions",
        "lacks 'ValueError'",
        RAISING,
        promise="failure-injection.error-is-recorded",
    ),
    Sabotage(
        "failure_blames_another",
        "test_exceptions_in_processes",
        "stored as a success but its operation raised",
        DRAWN,
        promise="audit.status",
    ),
    Sabotage(
        "failure_stops_the_sweep",
        "test_exceptions",
        "was never executed",
        (*RAISING, *STORING, "test_dead_workers", "test_junk", "test_hanging"),
        promise="audit.executed",
    ),
    Sabotage(
        "failure_lets_exits_pass",
        "test_exceptions",
        "It raised SystemExit: 3",
        RAISING,
        promise="audit.no-runner-error",
    ),
    Sabotage(
        "failure_forgets_the_dead",
        "test_dead_workers",
        "was killed while it was executed, and no record says so",
        DRAWN,
        promise="audit.stored",
    ),
    Sabotage(
        "failure_waits_for_the_dead",
        "test_dead_workers",
        "A sweep ends.*did not end within",
        (*DRAWN, "test_hanging"),
        promise="audit.sweep-ends",
    ),
    Sabotage(
        "failure_loses_the_batch",
        "test_dead_workers",
        "was never executed|is not stored",
        DRAWN,
        promise="audit.executed",
    ),
    Sabotage("failure_loses_odd_returns", "test_junk", "is not stored", DRAWN, promise="audit.stored"),
    Sabotage(
        "failure_hides_a_full_disk",
        "test_full_disk",
        "the store has",
        STORING,
        promise="failure-injection.no-false-success",
    ),
    Sabotage(
        "failure_drops_the_partial",
        "test_exceptions",
        "captured before it failed is kept",
        (*RAISING, "test_junk", "test_cancelled", "test_hanging", *STORING),
        promise="audit.partial-results",
    ),
    Sabotage(
        "failure_tells_nobody", "test_cancelled", "did not see the cancel", promise="failure-injection.cancel-is-seen"
    ),
    Sabotage(
        "failure_keeps_few_metrics",
        "test_random_faults",
        "captured before it failed is kept",
        DRAWN,
        promise="audit.partial-results",
    ),
    Sabotage(
        "failure_takes_exit_zero_for_success",
        "test_exceptions",
        "its operation raised",
        RAISING,
        promise="audit.status",
    ),
    Sabotage("failure_forgets_faults", "test_random_faults_in_processes", "no record says so", promise="audit.stored"),
    Sabotage(
        "failure_waits_for_the_hanging", "test_hanging", "A sweep ends.*did not end within", promise="audit.sweep-ends"
    ),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_failure_injection_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_failure_injection", tmp_path)
