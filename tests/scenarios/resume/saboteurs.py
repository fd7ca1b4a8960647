"""Resume notices each clause of its promise being broken."""

from __future__ import annotations

from sabotage import Sabotage, Undecided, Within

STOPPED = ("test_killed", "test_interrupted", "test_timed_out", "test_left_running")
OTHERS = ("test_failed", "test_more_replicates", "test_other_executor", "test_damaged_records")
ALL = (*STOPPED, *OTHERS, "test_changed_code", "test_cost")
SABOTEURS = (
    Sabotage(
        "resume.forgets",
        "test_finished",
        "executes exactly the missing runs",
        (*STOPPED, *OTHERS, "test_changed_code", "test_cost", "test_speed_of_resuming"),
        promise="resume.exactly-missing",
        besides=("audit.finished-not-repeated",),
    ),
    Sabotage(
        "resume.trusts_failures",
        "test_failed",
        "A run fails if and only if",
        promise="audit.fails-as-planned",
    ),
    Sabotage(
        "resume.stops_at_damage",
        "test_damaged_records",
        "costs one more execution of its own run.*ends without an error",
        promise="resume.damage-costs-one-run",
    ),
    Sabotage(
        "resume.hides_damage",
        "test_damaged_records",
        "A record that cannot be used is reported",
        promise="resume.damage-is-reported",
    ),
    Sabotage(
        "resume.keeps_leftovers",
        "test_failed",
        "holds nothing that its operation did not produce",
        promise="audit.nothing-stale",
    ),
    Sabotage(
        "resume.ignores_code",
        "test_changed_code",
        "its old result stands for the new code",
        promise="resume.changed-code",
    ),
    Sabotage(
        "resume.draws_anew",
        "test_killed",
        "stored like one that was never stopped",
        (*STOPPED, *OTHERS),
        promise="resume.like-uninterrupted",
    ),
    Sabotage(
        "resume.tags_what_it_resumes",
        "test_killed",
        "tags is",
        STOPPED,
        promise="resume.like-uninterrupted",
    ),
    Sabotage(
        "resume.trusts_what_was_begun",
        "test_left_running",
        "was started once but did not finish",
        (*STOPPED, "test_failed", "test_damaged_records"),
        promise="audit.executed",
    ),
    Sabotage(
        "resume.hangs_at_interrupts",
        "test_interrupted",
        "stops when it is asked to stop.*after it was asked",
        promise="resume.stops",
    ),
    Sabotage("resume.drops_at_interrupts", "test_interrupted", "had ended", promise="resume.finished-is-kept"),
    Sabotage(
        "resume.forgets_in_processes",
        "test_other_executor",
        "executes exactly the missing runs",
        promise="resume.exactly-missing",
    ),
    Sabotage(
        "resume.knows_one_replicate",
        "test_more_replicates",
        "executes exactly the missing runs",
        promise="resume.exactly-missing",
    ),
    Sabotage(
        "resume.drops_a_finished_run",
        "test_more_replicates",
        "was stored as a success, now there is: no record",
        promise="audit.stays-stored",
    ),
    Sabotage(
        "resume.runs_another",
        "test_finished",
        "was executed but is not in the plan",
        promise="audit.only-planned",
    ),
    Sabotage("resume.quadratic", "test_cost", "grow with exponent 1", promise="resume.linear-cost"),
    Sabotage("resume.steeper", "test_cost", "grow with exponent 1.2[1-7]", promise="resume.linear-cost"),
    Sabotage(
        "resume.drops_two_at_interrupts",
        "test_interrupted",
        "except for at most one run per worker",
        promise="resume.finished-is-kept",
    ),
    Sabotage(
        "resume.has_nothing_to_do",
        "test_cost",
        "it raised ValueError: there is nothing to do",
        promise="audit.no-runner-error",
    ),
    Sabotage(
        "resume.ignores_interrupts",
        "test_interrupted",
        "stops when it is asked to stop.*In 3 of 3 tries",
        promise="resume.stops",
    ),
)


WITHIN = (
    Within("resume.slightly_steeper", "test_cost"),
    Within("resume.drops_one_at_interrupts", "test_interrupted"),
)
UNDECIDED = (Undecided("resume.returns_at_the_end", ("test_timed_out",), "in 3 tries no sweep of 12 runs"),)
