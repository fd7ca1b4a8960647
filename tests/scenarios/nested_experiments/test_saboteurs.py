"""Nested experiments notice each clause of their promise being broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

NESTED = ("test_depth", "test_width", "test_width_in_processes")
SABOTEURS = (
    Sabotage("nested_waits_its_turn", "test_shared_executor", "did not end within", promise="audit.sweep-ends"),
    Sabotage(
        "nested_swaps_operations",
        "test_concurrent_sweeps",
        "instead of 'leaf'",
        ("test_shared_executor",),
        promise="nested-experiments.own-operation",
    ),
    Sabotage("nested_loses_runs_in_processes", "test_width_in_processes", "is not stored", promise="audit.stored"),
    Sabotage(
        "nested_loses_the_innermost", "test_depth", "is not stored", ("test_shared_executor",), promise="audit.stored"
    ),
    Sabotage(
        "nested_shares_a_store",
        "test_depth",
        "is not stored",
        (*NESTED, "test_shared_executor", "test_concurrent_sweeps"),
        promise="audit.stored",
    ),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_nested_experiments_notice(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_nested_experiments", tmp_path)
