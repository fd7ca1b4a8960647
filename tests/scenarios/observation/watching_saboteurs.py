"""The parts that watch a sweep notice what is reported late, lost, or goes on after it was stopped."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "observation.reports_later",
        "test_slow_listener",
        "events came after the end",
        ("test_details", "test_cancelled"),
        promise="observation.none-after-the-end",
    ),
    Sabotage(
        "observation.saves_silently",
        "test_details",
        "saved an artifact, which was reported 0 times",
        promise="observation.details-of-their-run",
    ),
    Sabotage(
        "observation.cancels_nobody",
        "test_cancelled",
        "did not learn of the cancellation within 20 s",
        promise="observation.cancelled-runs",
    ),
    Sabotage(
        "observation.finishes_the_cancelled",
        "test_cancelled",
        "3 runs were stopped midway, and are stored as ended",
        promise="observation.cancelled-runs",
    ),
    Sabotage(
        "observation.waits_without_a_limit",
        "test_waiting",
        "returned 12 runs of a sweep that had not ended|took more than",
        promise="observation.limited-waiting",
    ),
    Sabotage(
        "observation.keeps_the_cursor",
        "test_display",
        "hides the cursor of the terminal",
        promise="observation.progress-display",
    ),
    Sabotage(
        "observation.loses_runtime_lines",
        "test_runtime_logger",
        "4 of its 5 lines",
        promise="observation.runtime-logger",
    ),
)
