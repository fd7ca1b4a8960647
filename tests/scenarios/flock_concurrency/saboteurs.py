"""The scenario of crowded stores notices what a runner does wrong among others."""

from __future__ import annotations

from sabotage import Sabotage, Within

DEAD = ("test_killed_while_writing",)
CHECKED = ("different_runs", "same_experiment", "first_use", "killed_holder", "killed_while_writing", "crowd")
SABOTEURS = (
    Sabotage(
        "flock_concurrency.loses_a_run",
        "test_different_runs",
        "Every run that ends is stored.*not stored",
        promise="audit.stored",
    ),
    Sabotage(
        "flock_concurrency.tears_an_artifact",
        "test_different_runs",
        "Every artifact that is listed.*best",
        promise="audit.readable",
    ),
    Sabotage(
        "flock_concurrency.executes_twice",
        "test_same_experiment",
        "is executed once.*times in one session",
        promise="audit.executed-once",
    ),
    Sabotage(
        "flock_concurrency.hashes_claims",
        "test_same_experiment",
        "is executed once.*times in one session",
        promise="audit.executed-once",
    ),
    Sabotage(
        "flock_concurrency.deadlocks",
        "test_same_experiment",
        "process that writes to a store finishes.*did not end within",
        promise="flock-concurrency.writers-finish",
    ),
    Sabotage(
        "flock_concurrency.begins_once",
        "test_first_use",
        "first to use the package: .*unknown store scheme",
        promise="flock-concurrency.first-use",
    ),
    Sabotage(
        "flock_concurrency.trips_over_the_dead",
        "test_killed_holder",
        "another process died.*locked",
        also=DEAD,
        promise="flock-concurrency.survives-a-death",
    ),
    Sabotage(
        "flock_concurrency.shows_half_records",
        "test_readers",
        "Readers see whole records.*reading",
        promise="flock-concurrency.whole-records",
    ),
    Sabotage(
        "flock_concurrency.leaves_locks",
        "test_lock_files",
        "at most one lock file for every.*where 3 more",
        also=CHECKED,
        promise="flock-concurrency.few-lock-files",
    ),
    Sabotage(
        "flock_concurrency.locks_each_75",
        "test_lock_files",
        "where 3 more are allowed, such as locks/",
        promise="flock-concurrency.few-lock-files",
    ),
    Sabotage(
        "flock_concurrency.writes_once",
        "test_readers",
        "executes every run again.*16 runs executed, expected 32",
        promise="flock-concurrency.written-again",
    ),
)


WITHIN = (Within("flock_concurrency.locks_each_hundred", "test_lock_files"),)
