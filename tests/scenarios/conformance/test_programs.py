"""Programs are made smaller without being spoilt, and a printed script repeats a difference with a metalab alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sabotage import SABOTEURS

from scenarios.conformance import observers
from scenarios.conformance.differences import Difference, compared
from scenarios.conformance.generator import programs
from scenarios.conformance.program import Code, Delete, Program, Sweep, definitions
from scenarios.conformance.smaller import shorter, without_a_part

LINES = ("capture.metric('a', 1)", "capture.metric('b', 2)", "capture.metric('c', 3)")
SCRIPT = """
import sys
from pathlib import Path
from pytest_optbench.target import load_target
from scenarios.conformance import catalogue, observers
from scenarios.conformance.differences import Workshop
from scenarios.conformance.script import script

workshop = Workshop(load_target(sys.argv[1]), Path(sys.argv[2]))
(small, found), *_ = workshop.every(catalogue.STRUCTURE[0], observers.structured, 60.0)
Path(sys.argv[2], "repeat.py").write_text(script(small, found, observers.structured, workshop.target, workshop.offers))
print(len(small.steps), len(small.codes[0].body))
"""


def test_lines_are_left_out_by_halves_down_to_one() -> None:
    assert list(shorter(("a", "b", "c"))) == [("b", "c"), ("a", "c"), ("a", "b")]
    assert list(shorter(("a",))) == [()]
    assert list(shorter(())) == []
    assert next(iter(shorter(tuple("abcdefgh")))) == tuple("efgh")


def test_a_program_without_a_part_is_another_that_begins_with_a_sweep() -> None:
    program = Program((Code(LINES),), (Sweep(replicates=2), Delete(0), Sweep(tags=("a",))))
    smaller = list(without_a_part(program))
    assert program not in smaller
    assert all(isinstance(one.steps[0], Sweep) for one in smaller)
    assert any(len(one.steps) == 2 for one in smaller)
    assert any(len(one.codes[0].body) == 2 for one in smaller)


def test_a_line_that_cannot_stand_alone_is_noticed() -> None:
    assert Program((Code(("for n in range(3):", "    capture.metric('n', n)")),)).runs()
    assert not Program((Code(("for n in range(3):",)),)).runs()


def test_what_is_missing_other_or_too_much_is_a_difference_unless_it_was_never_captured() -> None:
    expected = {(0, "r", "a"): "1", (0, "r", "b"): "2", (0, "r", "c"): "raised KeyError: 'c'"}
    found = {(0, "r", "a"): "1", (0, "r", "c"): "3", (0, "r", "d"): "4"}
    assert list(compared(expected, found)) == [
        Difference(0, "r", "b", "2", ""),
        Difference(0, "r", "d", "", "4"),
    ]


def test_definitions_are_what_is_used_and_no_more() -> None:
    text = definitions(["who"])
    assert "def who(" in text
    assert "def exact_text(" in text
    assert "def sweep(" not in text
    compile(definitions(["sweep", *(one.__name__ for one in (observers.planning, observers.read_back))]), "", "exec")


@pytest.mark.parametrize("generation", ["handle", "facade"])
def test_drawn_programs_are_python(generation: str) -> None:
    from hypothesis import find, settings
    from hypothesis.errors import NoSuchExample

    features = frozenset({"slicing", "sharding", "grid-algebra", "delete"})
    with pytest.raises(NoSuchExample):
        find(
            programs(features, process=True),
            lambda program: not program.fitting(generation).runs(),
            settings=settings(max_examples=100, database=None, deadline=None),
        )


def test_a_script_repeats_its_break_alone_and_holds_on_a_sound_metalab(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SABOTEURS), str(Path(__file__).parents[3])])}
    made = subprocess.run(
        [sys.executable, "-c", SCRIPT, "conformance.sorts_points", str(tmp_path)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert made.stdout.split() == ["1", "2"] or int(made.stdout.split()[1]) < 6, made.stdout
    text = (tmp_path / "repeat.py").read_text()
    assert "scenarios" not in text
    assert "pytest" not in text.replace("pytest_optbench.engine", "")
    assert repeated(text, tmp_path, environment) == 1
    sound = text.replace("conformance.sorts_points", "pytest_optbench.engine")
    assert repeated(sound, tmp_path, environment) == 0


def repeated(text: str, folder: Path, environment: dict[str, str]) -> int:
    (folder / "alone.py").write_text(text)
    return subprocess.run([sys.executable, str(folder / "alone.py")], env=environment, check=False).returncode
