"""Layers point downward only: who may import whom, without a circle, and who may import pytest."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE, SCENARIOS = "pytest_optbench", "scenarios"
PYTEST = {"pytest", "_pytest", "xdist", "pytest_benchmark", "pluggy"}
SOURCES = sorted(path for top in (PACKAGE, SCENARIOS) for path in (ROOT / top).rglob("*.py"))

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "text": set(),
    "promises": {"errors"},
    "grids": {"errors"},
    "optimizers": {"errors"},
    "engine": {"errors", "grids"},
    "report": {"errors", "text", "promises"},
    "target": {"errors", "text"},
    "stress": {"errors", "text", "promises", "target"},
    "workloads": {"errors", "text", "target", "stress"},
    "benchmark": {"errors", "text", "grids", "optimizers", "target", "stress", "workloads"},
    "drive": {"errors", "text", "promises", "grids", "target", "stress", "workloads", "benchmark"},
}
MAY_IMPORT["forecast"] = {*MAY_IMPORT} - {"engine"}
MAY_IMPORT["plugin"] = {*MAY_IMPORT} - {"engine"}
MAY_IMPORT["history"] = {"errors", "text", "promises", "report", "plugin"}
MAY_IMPORT[SCENARIOS] = {*MAY_IMPORT} - {"engine", "history"}

ROOMS: dict[str, list[str]] = {  # from the ground floor up: each may import those before it
    "engine": ["model", "encoding", "identity", "planning", "store", "results", "execution", "executors"],
    "stress": ["model", "witness", "measure", "process", "faults", "servers", "audit"],
}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in SOURCES}


def layer_of(module: str) -> str:
    parts = module.split(".")
    return SCENARIOS if parts[0] == SCENARIOS else parts[1] if len(parts) > 1 else ""


def room_of(module: str) -> str:
    """The room of a layer that has rooms, of the scenarios too; the layer itself for its own modules."""
    parts = module.split(".")
    depth = 3 if ".".join(parts[:1]) == PACKAGE else 2
    room = ".".join(parts[:depth])
    return room if room in MODULES and MODULES[room].name == "__init__.py" else ".".join(parts[: depth - 1])


def imported_names(path: Path) -> Iterator[str]:
    """Every name a file imports anywhere, those for type checkers included, relative ones resolved."""
    package = [*path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


@cache
def imported_modules(module: str) -> frozenset[str]:
    """The modules of this project that a module imports."""
    names = {name if name in MODULES else name.rpartition(".")[0] for name in imported_names(MODULES[module])}
    return frozenset(names & MODULES.keys() - {module, PACKAGE})


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_downward(module: str) -> None:
    layer = layer_of(module)
    assert layer in MAY_IMPORT or module == PACKAGE, f"{module} belongs to no layer: add it to the map above"
    layers = {layer_of(name) for name in imported_modules(module)}
    assert layers <= MAY_IMPORT.get(layer, set()) | {layer}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_rooms_import_those_below_them(module: str) -> None:
    layer, room = layer_of(module), room_of(module).rpartition(".")[2]
    if room not in ROOMS.get(layer, ()):
        return
    below = ROOMS[layer][: ROOMS[layer].index(room) + 1]
    inside = {room_of(name).rpartition(".")[2] for name in imported_modules(module) if layer_of(name) == layer}
    assert inside <= {*below}


def test_a_scenario_imports_nothing_from_the_room_of_another() -> None:
    for module in MODULES:
        if layer_of(module) == SCENARIOS:
            rooms = {room_of(name) for name in imported_modules(module) if layer_of(name) == SCENARIOS}
            assert rooms <= {room_of(module)}, module


def test_no_imports_go_round_in_a_circle() -> None:
    try:
        TopologicalSorter({module: imported_modules(module) for module in MODULES}).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


@pytest.mark.parametrize("module", sorted(MODULES))
def test_only_the_plugin_and_the_scenarios_themselves_import_pytest(module: str) -> None:
    is_scenario = layer_of(module) == SCENARIOS and MODULES[module].name.startswith("test_")
    if layer_of(module) != "plugin" and not is_scenario:
        assert not {name.split(".")[0] for name in imported_names(MODULES[module])} & PYTEST


def test_no_file_has_more_than_300_lines() -> None:
    assert not [str(path) for path in SOURCES if len(path.read_text(encoding="utf-8").splitlines()) > 300]


def test_optimizers_know_only_numpy() -> None:
    for path in (ROOT / PACKAGE / "optimizers").rglob("*.py"):
        roots = {name.split(".")[0] for name in imported_names(path)}
        assert roots - {"numpy", "__future__", PACKAGE} <= sys.stdlib_module_names, path


@pytest.mark.parametrize("folder", sorted({path.parent for path in SOURCES} - {ROOT / PACKAGE}))
def test_the_init_of_a_room_is_empty_or_only_exports(folder: Path) -> None:
    """Children import a scenario's package first: what stands there costs every one of them."""
    init = folder / "__init__.py"
    if folder.is_relative_to(ROOT / SCENARIOS):
        assert not init.read_text(encoding="utf-8").strip()
