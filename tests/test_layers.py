"""Layers point downward only: who may import whom, and who may import pytest."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_optbench

PACKAGE = Path(pytest_optbench.__file__).parent
NAME = "pytest_optbench"

TOP = {
    "plugin",
    "options",
    "collection",
    "collecting",
    "bundle",
    "invocation",
    "markexpr",
    "checks",
    "session",
    "controller",
    "baton",
    "closing",
    "versus",
    "turns",
    "progress",
    "bench",
    "replay",
    "fixtures",
    "planned",
    "attempts",
    "ending",
}
MAY_IMPORT = {
    "errors": set(),
    "grids": {"errors"},
    "core": {"errors"},
    "engine": {"errors", "grids"},
    "target": {"errors"},
    "stress": {"errors", "target"},
    "experiment": {"errors", "core", "grids", "target", "stress"},
    "report": {"errors"},
} | {layer: {"errors", "grids", "core", "target", "stress", "experiment", "report"} | TOP for layer in TOP}
PYTEST = {"pytest", "_pytest", "xdist", "pytest_benchmark", "pluggy"}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(path: Path) -> Iterator[str]:
    """Every module a file imports anywhere, relative imports resolved to full names."""
    package = [NAME, *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def layers_imported(path: Path) -> set[str]:
    inside = (name.split(".") for name in imported_modules(path) if name.split(".")[0] == NAME)
    return {parts[1] for parts in inside if len(parts) > 1 and parts[1] != "__version__"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downward(path: Path) -> None:
    layer = layer_of(path)
    if layer == "__init__":
        assert not layers_imported(path)
        return
    assert layer in MAY_IMPORT, f"{path} belongs to no layer: add it to the map above"
    assert layers_imported(path) <= MAY_IMPORT[layer] | {layer}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pytest_stays_in_the_top_layer(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported_modules(path)}
    if layer_of(path) not in TOP:
        assert not roots & PYTEST


def test_core_knows_only_numpy() -> None:
    foreign = {"numpy", "__future__", NAME}
    for path in (PACKAGE / "core").rglob("*.py"):
        roots = {name.split(".")[0] for name in imported_modules(path)}
        assert not {root for root in roots - foreign if not _is_standard(root)}, path


def _is_standard(root: str) -> bool:
    import sys

    return root in sys.stdlib_module_names
