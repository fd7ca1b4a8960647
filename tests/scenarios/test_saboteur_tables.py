"""The tables of saboteurs are complete: every saboteur has a row, and every part that promises something has one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sabotage import SABOTEURS

from pytest_optbench.collection import bundled_folder

SHARED = {"grid_bounds", "grid_wrapped", "kept", "published"}  # what saboteurs have in common
TIMED = {"throughput_slower_by_a_fifth"}  # for the gate, by turns and on demand: tests/benchmarks/gate_trials.py
NO_PROMISE = {
    "test_grid_explosion": {"prompt", "speed_of_planning"},
    "test_resume": {"speed_of_resuming"},
    "test_throughput": {"no_op", "full_payload", "optimizers", "put", "load"},
    "test_memory_pressure": {"finished_runs"},
    "test_failure_injection": {"hanging"},  # not at light, where saboteurs are driven
}  # parts of each scenario that record a limit alone
TABLES = sorted(Path(__file__).parent.glob("test_*_saboteurs.py"))


def test_every_saboteur_has_a_row() -> None:
    row = re.compile(r'(?:Sabotage|Within)\(\s*"(\w+)"')
    rows = {module for table in TABLES for module in row.findall(table.read_text())}
    assert rows == {path.stem for path in SABOTEURS.glob("*.py")} - SHARED - TIMED


def test_every_scenario_has_a_table() -> None:
    scenarios = {path.stem for path in bundled_folder().glob("test_*.py")}
    assert {path.stem.removesuffix("_saboteurs") for path in TABLES} == scenarios


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_every_part_that_promises_has_a_saboteur(table: Path) -> None:
    scenario = table.stem.removesuffix("_saboteurs")
    parts = set(re.findall(r"^def test_(\w+)", (bundled_folder() / f"{scenario}.py").read_text(), re.MULTILINE))
    named = set(re.findall(r'"(?:test_)?(\w+)"', table.read_text()))
    assert parts - named == NO_PROMISE.get(scenario, set())
