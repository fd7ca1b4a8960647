"""Outcomes travel, merge into rows, become text and JSON, and come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.report.document import SessionReport, read, write
from pytest_optbench.report.outcome import BrokenPromise, ItemOutcome, Limit, from_properties
from pytest_optbench.report.rows import rows, worst
from pytest_optbench.report.terminal import WIDTH, left_out_line, lines

SHARD = ItemOutcome(
    "resume",
    "missing_runs",
    "medium",
    "holds",
    shards=2,
    executed=40,
    audited=50,
    seconds=1.5,
    limits=(Limit("cost", 12.5, "us/run", ((1.0, 3.0, True), (2.0, 9.0, False)), "broke"),),
)
BROKEN = replace(
    SHARD,
    shard=1,
    verdict="breaks",
    broken=(BrokenPromise("audit.executed-once", "A run is executed once.", "run 7 was executed twice", 3),),
    limits=(Limit("cost", 4.0, "us/run"),),
    replay="pytest x",
)


def text(*outcomes: ItemOutcome) -> list[str]:
    return [line for line, _ in lines(SessionReport({"name": "lab"}, outcomes), verbose=True)]


def test_an_outcome_travels_as_a_property() -> None:
    assert from_properties([("other", 1), BROKEN.to_property()]) == BROKEN
    assert from_properties([("other", 1)]) is None


def test_a_verdict_is_one_of_four() -> None:
    with pytest.raises(InvalidInputError, match="holds"):
        ItemOutcome.from_dict({"verdict": "fine"})


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["holds", "breaks", "inconclusive"], "breaks"),
        (["holds", "inconclusive", "not applicable"], "inconclusive"),
        (["not applicable", "holds"], "holds"),
    ],
)
def test_the_worst_verdict_counts(verdicts: list[Any], expected: str) -> None:
    assert worst(verdicts) == expected


def test_shards_merge_into_one_row() -> None:
    (row,) = rows([SHARD, BROKEN, replace(BROKEN, shard=2)])
    assert (row.verdict, row.items, row.executed, row.audited, row.seconds) == ("breaks", 3, 120, 150, 4.5)
    assert row.broken == (
        BrokenPromise("audit.executed-once", "A run is executed once.", "run 7 was executed twice", 7),
    )
    assert [limit.value for limit in row.limits] == [4.0]


def test_a_break_is_told_with_witness_and_replay() -> None:
    told = text(SHARD, BROKEN)
    assert told[0] == "1 breaking point: 1 breaks (2 parts: 1 breaks, 1 holds); 80 runs executed"
    assert "    audit.executed-once: A run is executed once." in told
    assert "      run 7 was executed twice (and 3 more)" in told
    assert "    repeat: pytest x" in told


def test_no_outcome_is_no_success() -> None:
    assert text() == ["no scenario ran: nothing was measured"]


def test_text_fits_the_terminal() -> None:
    long = replace(BROKEN, broken=(BrokenPromise("audit.long", "A promise " * 12, "witness " * 30),))
    assert max(map(len, text(long))) <= WIDTH


def test_what_was_left_out_says_how_to_ask() -> None:
    assert left_out_line({"medium": 4, "heavy": 32}) == "left out: 4 medium, 32 heavy (ask with -m medium)"
    assert left_out_line({}) is None


def test_json_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    report = SessionReport({"name": "lab"}, (SHARD, BROKEN), 2.5, "2024-01-01T00:00:00Z", {"heavy": 1})
    write(report, path)
    assert read(path) == report
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99}'])
def test_what_is_no_report_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content)
    with pytest.raises(InvalidInputError, match=r"report\.json"):
        read(path)


def test_every_break_has_its_own_command() -> None:
    other = replace(
        BROKEN, broken=(BrokenPromise("audit.stable", "Ids are stable.", "run 8 has two"),), replay="pytest y"
    )
    assert [line for line in text(BROKEN, other) if "repeat" in line] == [
        "    repeat: pytest x",
        "    repeat: pytest y",
    ]
    (row,) = rows([BROKEN, other])
    assert row.repeats == ("pytest x", "pytest y")
