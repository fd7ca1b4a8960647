"""The artifact scenario notices what a metalab does wrong with names, each in the part that is about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

STEMS = ("generated_names", "neighbours_stay")
SABOTEURS = (
    Sabotage("artifact_collisions_folds_case", "test_catalogue", "raised nothing, but the run lists only"),
    Sabotage("artifact_collisions_shares_a_stem", "test_catalogue", "reads back equal", STEMS),
    Sabotage("artifact_collisions_cuts_long_names", "test_longest_name", "reads back equal", ("catalogue",)),
    Sabotage("artifact_collisions_refuses_without_a_name", "test_catalogue", "does not name it", ("generated_names",)),
    Sabotage(
        "artifact_collisions_refuses_dots",
        "test_catalogue",
        "An ordinary name.*has a dot in its name",
        ("generated_names",),
    ),
    Sabotage("artifact_collisions_costs_the_companion", "test_catalogue", "costs the run another artifact"),
    Sabotage("artifact_collisions_writes_outside", "test_nothing_outside", "outside/absolute-json appeared"),
    Sabotage("artifact_collisions_disturbs_a_neighbour", "test_neighbours_stay", "run [0-9a-f]+ is gone"),
    Sabotage("artifact_collisions_keeps_what_it_replaced", "test_same_name_twice", "leaves no file behind"),
    Sabotage("artifact_collisions_warns", "test_threads_at_once", "already exists", ("processes_at_once",)),
    Sabotage("artifact_collisions_loses_in_a_process", "test_processes_at_once", "artifact 'trajectory' is missing"),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_the_artifact_scenario_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_artifact_collisions", tmp_path)
