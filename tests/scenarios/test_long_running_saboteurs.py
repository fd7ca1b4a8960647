"""A long session notices what piles up and what becomes dearer."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check, sabotaged

SABOTEURS = (
    Sabotage("long_running_hoards", "test_few_files", "With 40 open files allowed", ("test_soak",)),
    Sabotage("long_running_keeps_memory", "test_soak", "memory grows"),
    Sabotage("long_running_keeps_files", "test_soak", "open_files grows", ("test_few_files",)),
    Sabotage("long_running_keeps_threads", "test_soak", "threads grows"),
    Sabotage("long_running_keeps_objects", "test_soak", "objects grows"),
    Sabotage("long_running_keeps_loggers", "test_soak", "loggers grows"),
    Sabotage("long_running_keeps_temporary_files", "test_soak", "temporary_files grows"),
    Sabotage("long_running_tires", "test_soak", "function calls a run at the start"),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_a_long_session_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_long_running", tmp_path)


def test_each_thing_that_piles_up_is_named(tmp_path: Path) -> None:
    outcomes, output = sabotaged("long_running_hoards", "test_long_running", tmp_path)
    told = [one.message.split()[0] for outcome in outcomes for one in outcome.broken if outcome.case == "soak"]
    assert {"memory", "open_files", "objects", "loggers", "temporary_files"} <= set(told), output
