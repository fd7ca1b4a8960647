"""Resume notices each clause of its promise being broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

STOPPED = ("test_killed", "test_interrupted", "test_timed_out", "test_left_running")
OTHERS = ("test_failed", "test_more_replicates", "test_other_executor", "test_damaged_records", "test_any_history")
ALL = (*STOPPED, *OTHERS, "test_changed_code", "test_cost")
SABOTEURS = (
    Sabotage(
        "resume_forgets",
        "test_finished",
        "executes exactly the missing runs",
        (*STOPPED, *OTHERS, "test_changed_code", "test_cost"),
    ),
    Sabotage("resume_trusts_failures", "test_failed", "A run fails only where it is meant to", ("test_any_history",)),
    Sabotage(
        "resume_stops_at_damage",
        "test_damaged_records",
        "costs its own run.*ends without an error",
        ("test_any_history",),
    ),
    Sabotage(
        "resume_hides_damage", "test_damaged_records", "A record that cannot be used is reported", ("test_any_history",)
    ),
    Sabotage(
        "resume_keeps_leftovers",
        "test_failed",
        "holds nothing that its operation did not produce",
        ("test_any_history",),
    ),
    Sabotage("resume_ignores_code", "test_changed_code", "its old result stands for the new code"),
    Sabotage("resume_draws_anew", "test_killed", "stored like one that was never stopped", (*STOPPED, *OTHERS)),
    Sabotage("resume_tags_what_it_resumes", "test_killed", "tags is", (*STOPPED, "test_any_history")),
    Sabotage(
        "resume_trusts_what_was_begun",
        "test_left_running",
        "was begun 1 times but never came to its end",
        (*STOPPED, "test_failed", "test_damaged_records", "test_any_history"),
    ),
    Sabotage("resume_hangs_at_interrupts", "test_interrupted", "asked to stop stops.*after SIGINT"),
    Sabotage("resume_drops_at_interrupts", "test_interrupted", "had ended"),
    Sabotage("resume_forgets_in_processes", "test_other_executor", "executes exactly the missing runs"),
    Sabotage(
        "resume_knows_one_replicate",
        "test_more_replicates",
        "executes exactly the missing runs",
        ("test_any_history",),
    ),
    Sabotage("resume_quadratic", "test_cost", "grows with exponent"),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_resume_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_resume", tmp_path)
