"""What a long session says of saboteurs: each thing that piles up, and the end of its budget."""

from __future__ import annotations

from pathlib import Path

from sabotage import sabotaged


def test_each_thing_that_piles_up_is_named(tmp_path: Path) -> None:
    outcomes, output = sabotaged("long_running.hoards", "test_long_running", tmp_path)
    told = [one.message.split()[0] for outcome in outcomes for one in outcome.broken if outcome.case == "soak"]
    assert {"memory", "open_files", "objects", "loggers", "temporary_files"} <= set(told), output


def test_the_end_of_the_budget_is_no_lack_of_files(tmp_path: Path) -> None:
    short = ("-m", "extreme", "--optbench-budget", "2")
    (outcome,), output = sabotaged(
        "pytest_optbench.engine", "test_long_running", tmp_path, "test_few_files", options=short
    )
    assert outcome.verdict == "holds", output
    (limit,) = outcome.limits
    assert limit.stopped == "budget"
    assert limit.value < 250_000_000
