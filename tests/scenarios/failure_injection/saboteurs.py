"""Failure injection notices each clause of its promise being broken."""

from __future__ import annotations

from sabotage import Sabotage

DRAWN = ("test_random_faults", "test_random_faults_in_processes")
RAISING = ("test_exceptions", "test_exceptions_in_processes", *DRAWN)
STORING = ("test_file_size_limit", "test_full_disk")
SABOTEURS = (
    Sabotage(
        "failure_injection.hides_errors",
        "test_exceptions",
        "lacks 'ValueError'",
        RAISING,
        promise="failure-injection.error-is-recorded",
    ),
    Sabotage(
        "failure_injection.blames_another",
        "test_exceptions_in_processes",
        "stored as a success but its operation raised",
        DRAWN,
        promise="audit.status",
    ),
    Sabotage(
        "failure_injection.stops_the_sweep",
        "test_exceptions",
        "was never executed",
        (*RAISING, *STORING, "test_dead_workers", "test_junk", "test_hanging"),
        promise="audit.executed",
    ),
    Sabotage(
        "failure_injection.lets_exits_pass",
        "test_exceptions",
        "It raised SystemExit: 3",
        RAISING,
        promise="audit.no-runner-error",
    ),
    Sabotage(
        "failure_injection.forgets_the_dead",
        "test_dead_workers",
        "was killed while it was executed, and no record says so",
        DRAWN,
        promise="audit.stored",
    ),
    Sabotage(
        "failure_injection.waits_for_the_dead",
        "test_dead_workers",
        "A sweep ends.*did not end within",
        (*DRAWN, "test_hanging"),
        promise="audit.sweep-ends",
    ),
    Sabotage(
        "failure_injection.loses_the_batch",
        "test_dead_workers",
        "was never executed|is not stored",
        DRAWN,
        promise="audit.executed",
    ),
    Sabotage("failure_injection.loses_odd_returns", "test_junk", "is not stored", DRAWN, promise="audit.stored"),
    Sabotage(
        "failure_injection.hides_a_full_disk",
        "test_full_disk",
        "the store has",
        STORING,
        promise="failure-injection.no-false-success",
    ),
    Sabotage(
        "failure_injection.drops_the_partial",
        "test_exceptions",
        "captured before it failed is kept",
        (*RAISING, "test_junk", "test_cancelled", "test_hanging", *STORING),
        promise="audit.partial-results",
    ),
    Sabotage(
        "failure_injection.tells_nobody",
        "test_cancelled",
        "did not see the cancel",
        promise="failure-injection.cancel-is-seen",
    ),
    Sabotage(
        "failure_injection.keeps_few_metrics",
        "test_random_faults",
        "captured before it failed is kept",
        DRAWN,
        promise="audit.partial-results",
    ),
    Sabotage(
        "failure_injection.takes_exit_zero_for_success",
        "test_exceptions",
        "its operation raised",
        RAISING,
        promise="audit.status",
    ),
    Sabotage(
        "failure_injection.forgets_faults",
        "test_random_faults_in_processes",
        "no record says so",
        promise="audit.stored",
    ),
    Sabotage(
        "failure_injection.stays_relative",
        "test_misbehaviour",
        "working directory: .* is not stored",
        ("test_misbehaviour_in_processes",),
        promise="audit.stored",
    ),
    Sabotage(
        "failure_injection.waits_for_the_hanging",
        "test_hanging",
        "A sweep ends.*did not end within",
        promise="audit.sweep-ends",
    ),
)
