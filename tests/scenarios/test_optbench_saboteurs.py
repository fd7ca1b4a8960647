"""The main job notices what a runner does wrong with its sweep."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

SABOTEURS = (
    Sabotage("optbench_loses_a_run", breaks="test_sweep", says="Every run that ends is stored"),
    Sabotage("optbench_loses_a_metric_digit", breaks="test_sweep", says="Metrics are stored as the operation reported"),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_the_sweep_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_optbench", tmp_path)
