"""A long session notices what piles up and what becomes dearer."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, Within, check, check_holds, sabotaged

SABOTEURS = (
    Sabotage(
        "long_running_hoards",
        "test_few_files",
        "With 40 open files allowed",
        ("test_soak",),
        promise="long-running.few-files",
    ),
    Sabotage("long_running_keeps_memory", "test_soak", "memory grows", promise="long-running.memory"),
    Sabotage(
        "long_running_keeps_files",
        "test_soak",
        "open_files grows",
        ("test_few_files",),
        promise="long-running.open-files",
    ),
    Sabotage("long_running_keeps_threads", "test_soak", "threads grows", promise="long-running.threads"),
    Sabotage("long_running_keeps_objects", "test_soak", "objects grows", promise="long-running.objects"),
    Sabotage("long_running_keeps_loggers", "test_soak", "loggers grows", promise="long-running.loggers"),
    Sabotage(
        "long_running_keeps_temporary_files",
        "test_soak",
        "temporary_files grows",
        promise="long-running.temporary-files",
    ),
    Sabotage(
        "long_running_keeps_a_file_in_twenty",
        "test_soak",
        "at most 0.01 open files per run.*0.05 desc",
        promise="long-running.open-files",
    ),
    Sabotage(
        "long_running_keeps_an_object_in_ten",
        "test_soak",
        "at most 0.05 objects per run.*0.1 objects",
        promise="long-running.objects",
    ),
    Sabotage(
        "long_running_tires_by_a_fifth",
        "test_soak",
        r"function calls per run at the start.*1\.[12]. times as many",
        promise="long-running.calls-stay-flat",
    ),
    Sabotage(
        "long_running_tires", "test_soak", "function calls per run at the start", promise="long-running.calls-stay-flat"
    ),
)
INSIDE = (
    Within("long_running_keeps_a_file_in_a_thousand", "test_soak"),
    Within("long_running_keeps_an_object_in_a_hundred", "test_soak"),
    Within("long_running_keeps_little_memory", "test_soak"),
    Within("long_running_tires_a_little", "test_soak"),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_a_long_session_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_long_running", tmp_path)


@pytest.mark.parametrize("within", INSIDE, ids=str)
def test_what_is_within_the_bounds_holds(within: Within, tmp_path: Path) -> None:
    check_holds(within.module, "test_long_running", within.holds, tmp_path)


def test_each_thing_that_piles_up_is_named(tmp_path: Path) -> None:
    outcomes, output = sabotaged("long_running_hoards", "test_long_running", tmp_path)
    told = [one.message.split()[0] for outcome in outcomes for one in outcome.broken if outcome.case == "soak"]
    assert {"memory", "open_files", "objects", "loggers", "temporary_files"} <= set(told), output


def test_the_end_of_the_budget_is_no_lack_of_files(tmp_path: Path) -> None:
    short = ("-m", "extreme", "--optbench-budget", "2")
    (outcome,), output = sabotaged("pytest_optbench.engine", "test_long_running", tmp_path, "test_few_files", short)
    assert outcome.verdict == "holds", output
    (limit,) = outcome.limits
    assert limit.stopped == "budget"
    assert limit.value < 250_000_000
