"""Every limit of the bundled scenarios has an entry that says what it means, and every entry has its limit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from pytest_optbench.report.limit_meanings import LimitMeaning, limit_meanings, meaning_of
from pytest_optbench.report.outcome import Limit

ROOT = Path(__file__).parents[2]


def sources() -> Iterator[ast.AST]:
    for path in [*(ROOT / "scenarios").rglob("*.py"), ROOT / "pytest_optbench/plugin/scenario.py"]:
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def text(node: ast.AST) -> str | None:
    """Return a literal text; what an f-string inserts stands as `*`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)  # type: ignore[misc]
    return None


def fits(found: str, name: str) -> bool:
    return fnmatchcase(found, name) or (len(found) > 3 and "*" in found and fnmatchcase(name, found))


def test_every_limit_that_a_scenario_names_has_a_meaning() -> None:
    calls = (node for node in sources() if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    names = [text(call.args[0]) for call in calls if call.func.attr in ("limit", "found") and call.args]  # type: ignore[attr-defined]
    named = [name for name in names if name is not None]
    assert len(named) > 30
    assert [name for name in named if not meaning_of(Limit(name, 1.0, "")).meaning] == []


def test_every_meaning_has_its_limit() -> None:
    texts = {found for node in sources() if (found := text(node)) is not None}
    unused = [name for name in limit_meanings() if not any(fits(found, name) for found in texts)]
    assert unused == []


def test_an_exact_name_goes_before_a_pattern() -> None:
    assert "memory" in meaning_of(Limit("leak of memory", 1.0, "bytes/run")).meaning
    assert meaning_of(Limit("leak of threads", 1.0, "threads/run")).up == "number of them"


def test_a_limit_of_somebody_else_gets_what_its_data_say() -> None:
    assert meaning_of(Limit("own", 3.0, "of 4 things")) == LimitMeaning(shape="share")
    assert meaning_of(Limit("own", 3.0, "")) == LimitMeaning()
