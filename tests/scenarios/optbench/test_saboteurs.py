"""The main job notices what a runner does wrong with its sweep."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

DRAWN = ("-m", "extreme", "--optbench-budget", "1")  # one part, or more
SABOTEURS = (
    Sabotage("optbench_loses_a_drawn_run", "test_sweep", "Every run that ends is stored.*is not stored", options=DRAWN),
    Sabotage("optbench_loses_a_run", breaks="test_sweep", says="Every run that ends is stored"),
    Sabotage("optbench_skips_a_run", breaks="test_sweep", says="Every planned run is executed.*was never executed"),
    Sabotage("optbench_runs_one_twice", breaks="test_sweep", says="A run is executed once.*2 times in one session"),
    Sabotage("optbench_makes_up_a_run", breaks="test_sweep", says="really executed"),
    Sabotage("optbench_lists_a_run_twice", breaks="test_sweep", says="A run has one record.*has 2 records"),
    Sabotage("optbench_calls_it_a_failure", breaks="test_sweep", says="says how its run ended.*made up"),
    Sabotage("optbench_names_another_experiment", breaks="test_sweep", says="belongs to its experiment.*another:1"),
    Sabotage("optbench_loses_the_time", breaks="test_sweep", says="finite times in order"),
    Sabotage("optbench_tears_a_record", breaks="test_sweep", says="Every record can be read"),
    Sabotage("optbench_loses_a_metric_digit", breaks="test_sweep", says="Metrics are stored as the operation reported"),
    Sabotage("optbench_loses_a_point", breaks="test_sweep", says="No point of a stepped metric.*has another length"),
    Sabotage("optbench_drops_an_artifact", breaks="test_sweep", says="every artifact.*artifact 'summary' is missing"),
    Sabotage("optbench_swaps_artifacts", breaks="test_sweep", says="reads back equal.*artifact 'summary' changed"),
    Sabotage("optbench_misses_a_file", breaks="test_sweep", says="listed exists.*'report' cannot be read"),
    Sabotage("optbench_truncates_a_file", breaks="test_sweep", says="has the size it states.*'report' cannot be read"),
    Sabotage("optbench_flips_a_bit", breaks="test_sweep", says="'report' cannot be read.*hash differs"),
    Sabotage("optbench_writes_loose_json", breaks="test_sweep", says="strict JSON.*note.json: the token NaN"),
    Sabotage("optbench_leaves_a_file", breaks="test_sweep", says="finds nothing wrong with itself.*core"),
    Sabotage("optbench_leaves_a_temporary_file", breaks="test_sweep", says="that nothing lists.*record.json.tmp"),
    Sabotage("optbench_warns", breaks="test_sweep", says="not logged as a warning.*took a while"),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_the_sweep_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_optbench", tmp_path)
