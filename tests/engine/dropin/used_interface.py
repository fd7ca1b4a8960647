"""What scripts use of a module: the names that they take from it, and the keywords and members that they name."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

ANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass
class Use:
    """Names of a module, members of whatever objects, and arguments by the last part of the name that is called."""

    names: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    keywords: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    positions: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def covers(self, called: str, name: str, position: int) -> bool:
        """Return whether a call gives an argument, by its name or at its position from 0."""
        return name in self.keywords[called] or position < self.positions[called]


def use_of(scripts: Iterable[Path], module: str) -> Use:
    """Return what these scripts use."""
    use = Use()
    for script in scripts:
        for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == module:
                use.names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.Attribute):
                use.members.add(node.attr)
                if isinstance(node.value, ast.Name) and node.value.id == module:
                    use.names.add(node.attr)
            elif isinstance(node, ast.Call):
                called = _last(node.func)
                use.keywords[called].update(keyword.arg for keyword in node.keywords if keyword.arg)
                use.positions[called] = max(use.positions[called], len(node.args))
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                for decorator in node.decorator_list:
                    use.positions[_last(decorator)] = max(use.positions[_last(decorator)], 1)
    return use


def _last(node: ast.expr) -> str:
    """Return the last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def offered_by(module: ModuleType, names: Iterable[str]) -> Iterator[tuple[str, str, str | None, int]]:
    """Yield what there is to use: the qualified name, what is called, and a parameter with its position.

    The parameter is None for a member that is only looked at.
    """
    for name in names:
        item = getattr(module, name)
        if inspect.isclass(item):
            yield from _parameters(name, name, item)
            for member in sorted(vars(item)):
                if not member.startswith("_"):
                    yield from _member(f"{name}.{member}", member, vars(item)[member])
        elif callable(item):
            yield from _parameters(name, name, item)


def _member(qualified: str, member: str, item: Any) -> Iterator[tuple[str, str, str | None, int]]:
    function = getattr(item, "__func__", item)
    yield qualified, member, None, 0
    if inspect.isfunction(function):
        skipped = 0 if isinstance(item, staticmethod) else 1
        yield from _parameters(qualified, member, function, skipped)


def _parameters(qualified: str, called: str, item: Any, skipped: int = 0) -> Iterator[tuple[str, str, str | None, int]]:
    try:
        parameters = list(inspect.signature(item).parameters.values())[skipped:]
    except (TypeError, ValueError):
        return
    for position, parameter in enumerate(parameters):
        if parameter.kind not in ANY:
            yield qualified, called, parameter.name, position
