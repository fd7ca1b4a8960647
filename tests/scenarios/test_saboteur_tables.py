"""The tables of saboteurs are complete: every saboteur has a row, and every part that promises something has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from sabotage import SABOTEURS, rows_of, scenario_file, scenario_of

from pytest_optbench.plugin.collection import bundled_folder

SHARED = {
    "arrays_lab",
    "dropped_at_interrupts",
    "first_places",
    "gathered",
    "grid_bounds",
    "grid_wrapped",
    "held_until_the_end",
    "kept",
    "lock_files",
    "on_sql",
    "published",
    "resume_costs",
    "tired",
}  # what saboteurs have in common
OF_THE_WHOLE_SUITE = {path.stem for path in SABOTEURS.glob("target_*.py")}  # see `test_failing_targets`
OF_HISTORIES = {f"histories.{path.stem}" for path in SABOTEURS.glob("histories/*.py")}  # resume/test_shrunk_histories
TIMED = {"throughput.slower_by_a_fifth"}  # for the gate, by turns and on demand: tests/benchmarks/gate_trials.py
TABLES = sorted(Path(__file__).parent.glob("*/*saboteurs.py"))


def test_every_saboteur_has_a_row() -> None:
    rows = {row.module for table in TABLES for row in rows_of(table)}
    modules = {".".join(path.relative_to(SABOTEURS).with_suffix("").parts) for path in SABOTEURS.rglob("*.py")}
    assert rows == modules - SHARED - TIMED - OF_THE_WHOLE_SUITE - OF_HISTORIES


def test_every_scenario_has_a_table() -> None:
    assert {scenario_of(table) for table in TABLES} == {path.stem for path in bundled_folder().rglob("test_*.py")}


@pytest.mark.parametrize("table", TABLES, ids=scenario_of)
def test_every_part_that_promises_has_a_saboteur(table: Path) -> None:
    scenario = scenario_of(table)
    parts = set(re.findall(r"^def test_(\w+)", scenario_file(scenario).read_text(), re.MULTILINE))
    named = set(re.findall(r'"(?:test_)?(\w+)"', table.read_text()))
    assert parts - named <= measured_in(scenario)


def measured_in(scenario: str) -> set[str]:
    """The parts that are marked to promise nothing: `measured=True`, by a marker of their own or a shared one."""
    tree = ast.parse(scenario_file(scenario).read_text())
    shared = {
        ast.unparse(node.targets[0]): ast.unparse(node.value) for node in tree.body if isinstance(node, ast.Assign)
    }
    marked = {
        node.name: [shared.get(marker, marker) for marker in map(ast.unparse, node.decorator_list)]
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    return {
        name.removeprefix("test_") for name, markers in marked.items() if any("measured=True" in one for one in markers)
    }


def test_what_is_marked_as_measured_is_found() -> None:
    assert measured_in("test_throughput") == {"no_op", "full_payload", "optimizers", "put", "load"}
    assert measured_in("test_memory_pressure") == {"finished_runs"}
    assert measured_in("test_optbench") == set()
