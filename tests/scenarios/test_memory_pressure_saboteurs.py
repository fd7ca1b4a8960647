"""The scenario of memory notices what a metalab does wrong with it, each in the part that is about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

SABOTEURS = (
    Sabotage("memory_pressure_copies", "test_peak", "1[34].[0-9] times as many", ("many_at_once",)),
    Sabotage("memory_pressure_squares_the_dimension", "test_dimensions", "dimensions grow by"),
    Sabotage("memory_pressure_keeps_the_sweep", "test_long_sweep", "bytes for 2 runs and .* bytes for 16 runs"),
    Sabotage("memory_pressure_keeps_the_last", "test_memory_returns", "are left after a sweep of 4 artifacts"),
    Sabotage("memory_pressure_hides_the_error", "test_out_of_memory", "not say that memory", ("largest_artifact",)),
    Sabotage("memory_pressure_dies", "test_out_of_memory", "it exited with code 9", ("largest_artifact",)),
    Sabotage("memory_pressure_tears_a_neighbour", "test_out_of_memory", "artifact 'blob' cannot be read"),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_the_scenario_of_memory_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_memory_pressure", tmp_path)
