"""Resume notices each clause of its promise being broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, Undecided, Within, check, check_holds, check_undecided

STOPPED = ("test_killed", "test_interrupted", "test_timed_out", "test_left_running")
OTHERS = ("test_failed", "test_more_replicates", "test_other_executor", "test_damaged_records", "test_any_history")
ALL = (*STOPPED, *OTHERS, "test_changed_code", "test_cost")
SABOTEURS = (
    Sabotage(
        "resume_forgets",
        "test_finished",
        "executes exactly the missing runs",
        (*STOPPED, *OTHERS, "test_changed_code", "test_cost", "test_speed_of_resuming"),
        promise="resume.exactly-missing",
        besides=("audit.finished-not-repeated",),
    ),
    Sabotage(
        "resume_trusts_failures",
        "test_failed",
        "A run fails if and only if",
        ("test_any_history",),
        promise="audit.fails-as-planned",
    ),
    Sabotage(
        "resume_stops_at_damage",
        "test_damaged_records",
        "costs one more execution of its own run.*ends without an error",
        ("test_any_history",),
        promise="resume.damage-costs-one-run",
    ),
    Sabotage(
        "resume_hides_damage",
        "test_damaged_records",
        "A record that cannot be used is reported",
        ("test_any_history",),
        promise="resume.damage-is-reported",
    ),
    Sabotage(
        "resume_keeps_leftovers",
        "test_failed",
        "holds nothing that its operation did not produce",
        ("test_any_history",),
        promise="audit.nothing-stale",
    ),
    Sabotage(
        "resume_ignores_code",
        "test_changed_code",
        "its old result stands for the new code",
        promise="resume.changed-code",
    ),
    Sabotage(
        "resume_draws_anew",
        "test_killed",
        "stored like one that was never stopped",
        (*STOPPED, *OTHERS),
        promise="resume.like-uninterrupted",
    ),
    Sabotage(
        "resume_tags_what_it_resumes",
        "test_killed",
        "tags is",
        (*STOPPED, "test_any_history"),
        promise="resume.like-uninterrupted",
    ),
    Sabotage(
        "resume_trusts_what_was_begun",
        "test_left_running",
        "was started once but did not finish",
        (*STOPPED, "test_failed", "test_damaged_records", "test_any_history"),
        promise="audit.executed",
    ),
    Sabotage(
        "resume_hangs_at_interrupts",
        "test_interrupted",
        "stops when it is asked to stop.*after it was asked",
        promise="resume.stops",
    ),
    Sabotage("resume_drops_at_interrupts", "test_interrupted", "had ended", promise="resume.finished-is-kept"),
    Sabotage(
        "resume_forgets_in_processes",
        "test_other_executor",
        "executes exactly the missing runs",
        promise="resume.exactly-missing",
    ),
    Sabotage(
        "resume_knows_one_replicate",
        "test_more_replicates",
        "executes exactly the missing runs",
        ("test_any_history",),
        promise="resume.exactly-missing",
    ),
    Sabotage("resume_quadratic", "test_cost", "grow with exponent 1", promise="resume.linear-cost"),
    Sabotage("resume_steeper", "test_cost", "grow with exponent 1.2[1-7]", promise="resume.linear-cost"),
    Sabotage(
        "resume_drops_two_at_interrupts",
        "test_interrupted",
        "except for at most one run per worker",
        promise="resume.finished-is-kept",
    ),
    Sabotage(
        "resume_has_nothing_to_do",
        "test_cost",
        "it raised ValueError: there is nothing to do",
        promise="audit.no-runner-error",
    ),
    Sabotage(
        "resume_ignores_interrupts",
        "test_interrupted",
        "stops when it is asked to stop.*In 3 of 3 tries",
        promise="resume.stops",
    ),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_resume_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_resume", tmp_path)


WITHIN = (
    Within("resume_slightly_steeper", "test_cost"),
    Within("resume_drops_one_at_interrupts", "test_interrupted"),
)
UNDECIDED = (Undecided("resume_returns_at_the_end", ("test_timed_out",), "in 3 tries no sweep of 12 runs"),)


@pytest.mark.parametrize("within", WITHIN, ids=str)
def test_resume_allows(within: Within, tmp_path: Path) -> None:
    check_holds(within.module, "test_resume", within.holds, tmp_path)


@pytest.mark.parametrize("undecided", UNDECIDED, ids=str)
def test_resume_does_not_hold_where_it_looked_at_nothing(undecided: Undecided, tmp_path: Path) -> None:
    check_undecided(undecided, "test_resume", tmp_path)
