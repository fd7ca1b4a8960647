"""The scenario of observation notices what a sweep reports wrongly."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "observation.hears_listeners_out",
        "test_raising_listener",
        "so did the sweep: RuntimeError: a listener failed",
        promise="observation.listeners-are-harmless",
    ),
    Sabotage(
        "observation.reports_twice",
        "test_events",
        "run_failed was reported 2 times",
        ("test_progress",),
        promise="observation.reported-once",
    ),
    Sabotage(
        "observation.forgets_the_skipped",
        "test_events",
        "run_skipped was reported 0 times",
        promise="observation.reported-once",
    ),
    Sabotage(
        "observation.calls_failures_finished",
        "test_events",
        "run_failed was reported 0 times",
        ("test_progress",),
        promise="observation.reported-once",
    ),
    Sabotage(
        "observation.starts_late",
        "test_events",
        "was started 0 times before its end",
        ("test_progress",),
        promise="observation.in-order",
    ),
    Sabotage(
        "observation.names_another_run",
        "test_events",
        "run_finished was reported",
        ("test_progress",),
        promise="observation.reported-once",
    ),
    Sabotage(
        "observation.progress_counts_successes",
        "test_progress",
        "the last progress says 8 of",
        ("test_events",),
        promise="observation.progress",
    ),
    Sabotage(
        "observation.counts_skipped_as_completed",
        "test_status",
        "At the end: expected",
        promise="observation.counts-add-up",
    ),
    Sabotage(
        "observation.counts_a_run_twice",
        "test_status",
        "Of 12 runs the status says",
        promise="observation.counts-add-up",
    ),
    Sabotage("observation.drops_a_line", "test_logs", "4 of its 5 lines", promise="observation.whole-log"),
    Sabotage(
        "observation.logs_without_levels",
        "test_logs",
        "no level in the line",
        ("test_library_logs",),
        promise="observation.whole-log",
    ),
    Sabotage(
        "observation.mixes_library_logs", "test_library_logs", "lines of other runs", promise="observation.own-log"
    ),
)
