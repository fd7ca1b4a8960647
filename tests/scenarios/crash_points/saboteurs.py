"""What the scenario of crash points notices."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "crash_points.swallows_write_errors",
        "test_errors",
        "after the sweep was run again, run .* cannot be read",
        promise="crash-points.like-uninterrupted",
    ),
    Sabotage(
        "crash_points.keeps_its_lock",
        "test_crashes",
        "After kill at .* that was run again did not end: it raised StoreError",
        promise="crash-points.resumes",
    ),
    Sabotage(
        "crash_points.leaves_the_dead",
        "test_inline",
        "in addition to the 0 of an uninterrupted sweep",
        promise="crash-points.nothing-left-over",
    ),
    Sabotage(
        "crash_points.repeats_the_done",
        "test_beginnings",
        "stored as a success, and was executed again",
        promise="crash-points.done-is-done",
    ),
    Sabotage(
        "crash_points.reports_early",
        "test_mishaps",
        "was reported as finished, and is stored as not at all",
        promise="crash-points.reported-is-stored",
    ),
    Sabotage(
        "failure_injection.hides_a_full_disk",
        "test_errors",
        "have no result, no record says so, and the sweep ended without an error",
        ("test_processes",),
        promise="crash-points.errors-are-shown",
    ),
    Sabotage(
        "crash_points.waits_after_an_error",
        "test_errors",
        "the sweep with the fault did not end",
        promise="crash-points.no-hang",
    ),
    Sabotage(
        "crash_points.forgets_the_last",
        "test_random_kills",
        "Of 20 runs 19 are stored",
        promise="crash-points.exactly-once",
    ),
    Sabotage(
        "crash_points.leaves_processes",
        "test_random_kills",
        "worker processes were alive 10 s after",
        promise="crash-points.no-orphans",
    ),
)
