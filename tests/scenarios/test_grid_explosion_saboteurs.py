"""The grid scenario notices each promise that a runner can break with its grids and plans."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

SABOTEURS = (
    Sabotage(
        "grid_explosion_miscounts",
        breaks="test_count",
        says="of 10 cases says that it has 9",
        also=("test_speed_of_count",),
    ),
    Sabotage("grid_explosion_walks_to_count", breaks="test_count", says="took [0-9,]+ function calls"),
    Sabotage(
        "grid_explosion_misplaces_the_last",
        breaks="test_index",
        says=r"grid\[9\] of 10 cases",
        also=("test_speed_of_index",),
    ),
    Sabotage("grid_explosion_misplaces_the_first", breaks="test_index", says=r"grid\[0\] of 10 cases is .* expected"),
    Sabotage("grid_explosion_walks_to_index", breaks="test_index", says="took [0-9,]+ function calls"),
    Sabotage("grid_explosion_repeats_a_case", breaks="test_every_case_once", says="cases 0 and 999 of a walk"),
    Sabotage(
        "grid_explosion_runs_twice", breaks="test_planned_twice", says="'twice': 1.* 2 times", also=("test_redundant",)
    ),
    Sabotage(
        "grid_explosion_plans_first",
        breaks="test_first_run",
        says="10000 were taken",
        also=("test_memory",),
    ),
    Sabotage("grid_explosion_keeps_room", breaks="test_memory", says="each planned run takes 1,?[56][0-9]{2} bytes"),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_the_scenario_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_grid_explosion", tmp_path)
