"""What the recorder counts is what a session executes, in its children too, without stubs and heads of functions."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from covered import functions_of, recorded, report

SOURCE = '''"""A module."""

import subprocess, sys
from typing import Protocol


class Shape(Protocol):
    def area(self) -> float:
        """Return it."""
        ...


def here(items: list[int]) -> list[int]:
    """Do it here."""
    return [
        item + 1
        for item in items
    ]


@staticmethod
def there() -> None:
    subprocess.run([sys.executable, "-c", "import lab; lab.beyond(1)"], check=True)


def beyond(number: int) -> int:
    if number:
        return 1
    return 2


def _private() -> int:
    return 3


def never() -> int:
    return 4
'''


def test_bodies_are_what_is_below_the_heads_of_functions() -> None:
    bodies = {one.name: sorted(one.lines) for one in functions_of("lab.py", SOURCE)}
    assert bodies.keys() == {"here", "there", "beyond", "_private", "never"}
    assert {15, 16, 17} >= {*bodies["here"]} >= {16}
    assert bodies["there"] == [23]
    assert bodies["beyond"] == [27, 28, 29]


@pytest.mark.parametrize("part", ["test_here", "test_there"])
def test_lines_are_recorded_by_part_in_all_processes(part: str, tmp_path: Path) -> None:
    package = tmp_path / "lab"
    package.mkdir()
    (package / "__init__.py").write_text(SOURCE)
    (tmp_path / "test_lab.py").write_text(
        "import lab\ndef test_here(): lab.here([1])\ndef test_there(): lab.here([1]); lab.there()\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:optbench", "test_lab.py"]
    found = recorded(package, command, tmp_path, {**os.environ, "PYTHONPATH": str(tmp_path)})
    lines = found[str(package / "__init__.py")]
    executed = {line for line, parts in lines.items() if any(one.endswith(f"::{part}") for one in parts)}
    assert 16 in executed
    assert ({27, 28} <= executed) == (part == "test_there")
    assert not {29, 33, 37} & executed
    told = list(report(package, found, ("*",), ()))
    assert told[0].endswith("3 of    5 functions")
    assert told[-2:] == ["1 public functions that nothing calls:", "  __init__.py: never"]
