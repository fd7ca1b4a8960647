"""A baseline knows a break by the id of its promise; older reports, which have sentences alone, are read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sessions import outcome, session

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.promises import all_promises, promise
from pytest_optbench.report.compare import compare
from pytest_optbench.report.document import SessionReport, read, to_json
from pytest_optbench.report.outcome import BrokenPromise

REWORDED = [one for one in all_promises() if one.was]


def broke(point: str, promise_id: str, sentence: str) -> SessionReport:
    return session(outcome(point=point, broken=[BrokenPromise(promise_id, sentence, "run 7 is lost")]))


def in_format_5(report: SessionReport, path: Path) -> SessionReport:
    """The report as format 5 held it, without ids, read back."""
    fields = json.loads(to_json(report))
    fields["format"] = 5
    for broken in (broken for one in fields["outcomes"] for broken in one["broken"]):
        del broken["id"]
    path.write_text(json.dumps(fields))
    return read(path)


@pytest.mark.parametrize("kept", REWORDED, ids=lambda kept: kept.id)
def test_a_baseline_with_an_earlier_sentence_makes_the_break_known(kept: Any, tmp_path: Path) -> None:
    point = "resume" if kept.point == "audit" else kept.point
    for sentence in (*kept.was, kept.sentence):
        before = in_format_5(broke(point, "any.id", sentence), tmp_path / "5.json")
        found = compare(broke(point, kept.id, kept.sentence), before, "main")
        assert [one.id for one in found.known] == [kept.id]
        assert (found.new, found.fixed) == ((), ())


def test_a_reworded_sentence_is_no_new_break() -> None:
    before, now = (broke("resume", "resume.stops", sentence) for sentence in ("As it was put.", "As it is put."))
    (known,) = compare(now, before, "main").known
    assert known.promise == "As it is put."


def test_another_promise_is_a_new_break_although_its_sentence_is_the_same() -> None:
    before, now = (broke("resume", promise_id, "It holds.") for promise_id in ("resume.one", "resume.other"))
    found = compare(now, before, "main")
    assert [one.id for one in found.new] == ["resume.other"]
    assert [one.id for one in found.fixed] == ["resume.one"]


def test_a_sentence_of_somebody_elses_scenario_is_known_by_its_slug(tmp_path: Path) -> None:
    before = in_format_5(broke("mine", "any.id", "Runs are kept."), tmp_path / "5.json")
    assert before.outcomes[0].broken[0].id == "mine.runs-are-kept"
    assert compare(broke("mine", "mine.runs-are-kept", "Runs are kept."), before, "main").known


def test_the_comparison_of_an_earlier_report_gets_ids_too(tmp_path: Path) -> None:
    now = broke("resume", "audit.stored", str(promise("audit.stored")))
    fields = json.loads(to_json(replace(now, comparison=compare(now, session(outcome()), "main"))))
    fields["format"] = 5
    del fields["outcomes"][0]["broken"][0]["id"], fields["comparison"]["new"][0]["id"]
    (tmp_path / "5.json").write_text(json.dumps(fields))
    comparison = read(tmp_path / "5.json").comparison
    assert comparison is not None
    assert [one.id for one in comparison.new] == ["audit.stored"]


@pytest.mark.parametrize("damage", [{"outcomes": 1}, {"outcomes": [{"broken": [1]}]}, {"comparison": {"known": [1]}}])
def test_an_earlier_report_that_is_damaged_is_refused(damage: dict[str, Any], tmp_path: Path) -> None:
    fields = {**json.loads(to_json(session(outcome()))), "format": 5, **damage}
    (tmp_path / "5.json").write_text(json.dumps(fields))
    with pytest.raises(InvalidInputError, match="is damaged"):
        read(tmp_path / "5.json")
