"""Reports as JSON: they come back equal, agree with the schema, older ones are read, damaged ones are refused."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sessions import KEPT, RUN_ONCE, broken, count, outcome, session, speed

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.report.compare import compare
from pytest_optbench.report.comparison import Versus
from pytest_optbench.report.document import FORMAT, SCHEMA, SessionReport, read, to_json, write, write_text
from pytest_optbench.report.forecast import CostForecast, Estimate, Forecast, ResourceLimit
from pytest_optbench.report.gate import evaluate, parse
from pytest_optbench.report.incomplete import Incomplete
from pytest_optbench.report.outcome import VERDICTS, BrokenPromise, Chart, ItemOutcome, Limit

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 2**53)
LIMITS = st.builds(
    Limit, st.text(), NUMBERS, st.text(), st.lists(st.tuples(NUMBERS, NUMBERS, st.booleans())).map(tuple),
    st.text(), st.sampled_from(["higher", "lower"]), st.sampled_from(["count", "time"]), st.lists(NUMBERS).map(tuple),
)  # fmt: skip
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS)).map(tuple)
CHARTS = st.builds(
    Chart, st.text(), st.text(), st.text(), st.dictionaries(st.text(), POINTS), st.sampled_from(["", "x", "y", "xy"]),
    st.booleans(),
)  # fmt: skip
BROKEN = st.builds(BrokenPromise, st.text(), st.text(), st.text(), COUNTS, st.text())
OUTCOMES = st.builds(
    ItemOutcome, st.text(), st.text(), st.text(), st.sampled_from(VERDICTS), COUNTS, st.integers(1, 99), COUNTS, COUNTS,
    NUMBERS, st.lists(BROKEN).map(tuple), st.lists(LIMITS).map(tuple),
    st.dictionaries(st.text(), NUMBERS), st.lists(CHARTS).map(tuple), st.dictionaries(st.text(), NUMBERS), st.text(),
    st.text(), st.text(), st.booleans(),
)  # fmt: skip


def full() -> SessionReport:
    """A report in which every part is there."""
    before = session(
        outcome(count(10), count(3, "lost"), speed(100), broken=[RUN_ONCE, broken("few", 5)]), outcome(point="gone")
    )
    now_broken = [broken(KEPT, about="files"), broken("few", 54)]
    now = session(replace(outcome(count(12), speed(70), broken=now_broken), calibration={"payload_us": 1.0}))
    comparison = compare(now, before, "main")
    versus = Versus("python", "lab", 9, comparison.changes, ("a problem",))
    incomplete = Incomplete(("narrowed by -k",), False, 2, 1, ("test_x.py::test_y",))
    now = replace(now, comparison=comparison, versus=versus, sessions=({"started": "then"},), incomplete=incomplete)
    estimate = Estimate(2.0, 1.0, 3.0)
    wall = CostForecast("wall time", "s", (estimate,), 1, ((10, 0.1),), estimate)
    limit = ResourceLimit("inodes of this disk", "inodes", 1e6, "count", 5e5, 4e5, None)
    now = replace(now, forecast=Forecast(10, "noop", "thread", (10,), (wall,), 10, 1, 2.0, (limit,), ("a note",)))
    return replace(now, gate=evaluate(parse("resume:10%"), now))


def schema() -> Any:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


def test_every_part_comes_back(tmp_path: Path) -> None:
    write(full(), tmp_path / "report.json")
    assert read(tmp_path / "report.json") == full()


@given(st.lists(OUTCOMES, max_size=3))
def test_any_outcome_comes_back_and_agrees_with_the_schema(outcomes: list[ItemOutcome]) -> None:
    fields = json.loads(to_json(session(*outcomes)))
    jsonschema.validate(fields, schema())
    assert [ItemOutcome.from_dict(one) for one in fields["outcomes"]] == outcomes


def test_a_full_report_agrees_with_the_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(json.loads(to_json(full())), schema())
    assert schema()["properties"]["format"]["const"] == FORMAT


def test_a_session_says_with_what_it_was_measured() -> None:
    report = SessionReport({"name": "lab"}, ())
    assert report.versions["numpy"] == np.__version__
    assert set(report.versions) == {
        "pytest-optbench",
        "numpy",
        "pytest",
        "pytest-xdist",
        "pytest-benchmark",
        "hypothesis",
    }


def test_the_schema_refuses_what_is_none() -> None:
    fields = json.loads(to_json(full()))
    fields["outcomes"][0]["verdict"] = "fine"
    with pytest.raises(jsonschema.ValidationError, match="fine"):
        jsonschema.validate(fields, schema())


def test_a_report_of_format_1_is_read(tmp_path: Path) -> None:
    old = {
        "format": 1, "target": {"name": "lab"}, "seconds": 1.0, "started": "then", "left_out": {}, "machine": {},
        "outcomes": [{
            "point": "resume", "case": "case", "intensity": "light", "verdict": "holds", "shard": 0, "shards": 1,
            "executed": 3, "audited": 3, "seconds": 0.5, "broken": [], "measures": {}, "note": "", "replay": "",
            "nodeid": "", "limits": [{"name": "cost", "value": 4.0, "unit": "us", "curve": [], "stopped": ""}],
        }],
    }  # fmt: skip
    path = tmp_path / "old.json"
    path.write_text(json.dumps(old))
    report = read(path)
    assert report.outcomes[0].limits == (Limit("cost", 4.0, "us"),)
    assert report.versions == {}, "unknown, and not those of today"
    assert json.loads(to_json(report))["format"] == FORMAT


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"outcomes": []},
        {"target": {}, "outcomes": [{"verdict": "holds"}]},
        {"target": {}, "outcomes": [], "surprise": 1},
        {"target": {}, "outcomes": [], "gate": {"rules": 3}},
    ],
)
def test_a_damaged_report_is_refused_by_name(tmp_path: Path, fields: dict[str, Any]) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"format": FORMAT, **fields}))
    with pytest.raises(InvalidInputError, match=r"report\.json is damaged"):
        read(path)


OUTCOME = {"point": "resume", "case": "case", "intensity": "light", "verdict": "holds"}
REACHED = {"name": "cost", "value": 4, "unit": "us"}
WRONG = {
    "a limit that is text": (
        {"limits": [{**REACHED, "value": "fast"}]},
        "limits[0].value: expected a finite number",
        "'fast'",
    ),
    "a limit that is nan": (
        {"limits": [{**REACHED, "value": math.nan}]},
        "limits[0].value: expected a finite number",
        "nan",
    ),
    "a limit that is true": (
        {"limits": [{**REACHED, "value": True}]},
        "limits[0].value: expected a finite number",
        "True",
    ),
    "samples that are text": ({"limits": [{**REACHED, "samples": "12"}]}, "limits[0].samples: expected a list", "'12'"),
    "a curve of pairs": ({"limits": [{**REACHED, "curve": [[1, 2]]}]}, "curve[0]: expected a list of 3", "[1, 2]"),
    "a promise that is none": (
        {"broken": [{"id": "a.b", "promise": 1, "message": ""}]},
        "broken[0].promise: expected text",
        "1",
    ),
    "half a run": ({"executed": 1.5}, "executed: expected a whole number", "1.5"),
    "a measure that is null": ({"measures": {"depth": None}}, "measures.depth: expected a finite number", "None"),
    "a direction": (
        {"limits": [{**REACHED, "better": "up"}]},
        "limits[0].better: expected one of 'higher', 'lower'",
        "'up'",
    ),
    "limits that are one": ({"limits": REACHED}, "limits: expected a list", "{'name': 'cost'"),
    "an unknown field": ({"surprise": 1}, "surprise: expected one of the fields point, case", "'surprise'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_field_of_another_type_is_refused_by_its_place(tmp_path: Path, case: str) -> None:
    changed, place, found = WRONG[case]
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"format": FORMAT, "target": {}, "outcomes": [{**OUTCOME, **changed}]}))
    with pytest.raises(InvalidInputError) as refused:
        read(path)
    message = str(refused.value)
    assert message.startswith(f"{path} is damaged: outcomes[0].")
    assert place in message
    assert f"found {found}" in message


@pytest.mark.parametrize("text", ["", "[]", "3", '{"format"', '{"format": true}', '{"format": 99}', "[" * 100_000])
def test_what_is_no_report_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(InvalidInputError, match=r"report\.json"):
        read(path)


def test_a_whole_number_may_be_written_as_a_fraction(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    fields = {**OUTCOME, "executed": 3.0, "seconds": 2, "limits": [REACHED]}
    path.write_text(json.dumps({"format": FORMAT, "target": {}, "outcomes": [fields]}))
    (outcome,) = read(path).outcomes
    assert (outcome.executed, type(outcome.executed), type(outcome.limits[0].value)) == (3, int, float)


def test_a_report_is_written_through_a_link_and_into_a_pipe(tmp_path: Path) -> None:
    report, link, pipe = tmp_path / "report.json", tmp_path / "link.json", tmp_path / "pipe"
    report.write_text("old")
    link.symlink_to(report)
    write(full(), link)
    assert link.is_symlink()
    assert read(report) == full()
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # its buffer holds the text
    write_text("short", pipe)
    assert os.read(reader, 99) == b"short"
    os.close(reader)
    write(full(), Path(os.devnull))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "pipe", "report.json"]


def test_what_could_not_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "report.json"
    taken.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_text("text", taken)
    assert list(tmp_path.iterdir()) == [taken]


def test_half_a_surrogate_pair_is_escaped(tmp_path: Path) -> None:
    write_text("\udcff", tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == "\\udcff"
