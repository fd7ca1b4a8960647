"""Annotations point at the scenario, tell new from known, and cannot be forged by what they quote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sessions import KEPT, RUN_ONCE, RUN_ONCE_ID, broken, count, outcome, session

from pytest_optbench.report.annotations import SourceLine, annotate, locator_below
from pytest_optbench.report.compare import compare
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.gate import evaluate, parse
from pytest_optbench.report.outcome import BrokenPromise, ItemOutcome


def at(outcome: ItemOutcome) -> SourceLine | None:
    return "scenarios/resume/test_resume.py", 12


def told(report: SessionReport) -> list[str]:
    return list(annotate(report, at))


def test_a_break_points_at_its_scenario() -> None:
    (line,) = told(session(outcome(broken=[RUN_ONCE])))
    command, message = line.split("::", 2)[1:]
    assert command == (
        f"error file=scenarios/resume/test_resume.py,line=12,title=resume [light]%3A broken promise {RUN_ONCE_ID}"
    )
    assert message == f"{RUN_ONCE}%0Arun 7 was executed twice%0Arepeat: pytest x"


def test_shards_tell_a_break_once() -> None:
    assert len(told(session(*(outcome(broken=[RUN_ONCE], shard=shard) for shard in range(4))))) == 1


def test_a_known_break_is_told_from_another_of_its_promise() -> None:
    now = session(outcome(broken=[broken(KEPT, about="loggers"), broken(KEPT, about="files")]))
    before = session(outcome(broken=[broken(KEPT, about="loggers")]))
    commands = [line.split("::")[1].split()[0] for line in told(replace(now, comparison=compare(now, before, "main")))]
    assert commands == ["warning", "error"]


def test_known_new_and_fixed_breaks_and_rules_differ() -> None:
    now = session(outcome(count(13), broken=[RUN_ONCE, KEPT]))
    report = replace(now, comparison=compare(now, session(outcome(count(10), broken=[RUN_ONCE, "old"])), "main"))
    lines = told(replace(report, gate=evaluate(parse("resume:10%"), report)))
    assert [line.split(" ", 1)[0] for line in lines] == ["::warning", "::error", "::notice", "::error"]
    assert "gate%3A resume%3A10%25%3A fail" in lines[3]


def test_a_holding_session_says_nothing() -> None:
    assert told(session(outcome(count(1)))) == []


def test_what_was_not_decided_is_a_warning() -> None:
    (line,) = told(session(replace(outcome(), verdict="inconclusive", note="too noisy")))
    assert line.endswith("title=resume [light]%3A inconclusive::too noisy%0Arepeat: pytest x")


def test_a_message_cannot_start_another_annotation() -> None:
    broken = replace(
        outcome(), verdict="breaks", broken=(BrokenPromise("a.b", "a,b:c", "x\r\n::error::forged 100%", 2),)
    )
    (line,) = told(session(broken))
    assert "\n" not in line
    assert "%0D%0A::error::forged 100%25%0Aand 2 more like it" in line


@pytest.mark.parametrize(
    ("nodeid", "place"), [("sub/test_x.py::test_x[light]", ("sub/test_x.py", 8)), ("../y.py::z", None)]
)
def test_files_outside_the_workspace_are_not_pointed_at(tmp_path: Path, nodeid: str, place: SourceLine | None) -> None:
    found = locator_below(tmp_path, tmp_path, {"sub/test_x.py::test_x[light]": 7})
    assert found(replace(outcome(), nodeid=nodeid)) == place
