"""What a session as a whole says: what did not run, every broken part, counts of parts, and limits that were cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sessions import KEPT, RUN_ONCE, RUN_ONCE_ID, count, outcome, session

from pytest_optbench.report.annotations import annotate
from pytest_optbench.report.compare import compare
from pytest_optbench.report.document import SessionReport, read, write
from pytest_optbench.report.gate import evaluate, parse
from pytest_optbench.report.incomplete import Incomplete
from pytest_optbench.report.merge import merge_reports
from pytest_optbench.report.outcome import ItemOutcome, Limit
from pytest_optbench.report.page import to_html
from pytest_optbench.report.rows import merge_outcomes, rows
from pytest_optbench.report.terminal import WIDTH, lines
from pytest_optbench.report.wording import answer, change_text, limit_text

CURVE = ((1.0, 3.0, True), (4.0, 9.0, True))
NARROWED = Incomplete(("narrowed by -k",), False, 3, 1, ("b", "c"))


def text(report: SessionReport) -> list[str]:
    return [line for line, _ in lines(report)]


def part(name: str, **changed: object) -> ItemOutcome:
    nodeid = f"test_x.py::test_case[light-{name}]"
    return replace(outcome(), nodeid=nodeid, replay=f"pytest '{nodeid}'", **changed)  # type: ignore[arg-type]


def broken(name: str, *promises: str) -> ItemOutcome:
    return replace(part(name), verdict="breaks", broken=outcome(broken=promises).broken)


def test_two_parts_that_break_the_same_promise_are_both_told() -> None:
    report = session(broken("a", RUN_ONCE, KEPT), broken("b", RUN_ONCE), part("c"))
    told = text(report)
    assert sum(RUN_ONCE_ID in line for line in told) == 2
    repeats = [line.split("[light-")[1] for line in told if "repeat:" in line]
    assert repeats == ["a]'", "b]'"]
    assert to_html(report).count('<span class="command"><code>pytest &#39;test_x.py') == 3
    assert len(list(annotate(report, lambda outcome: None))) == 3


def test_shards_of_one_part_tell_a_break_once() -> None:
    shards = [
        replace(broken("x", RUN_ONCE), nodeid=f"t.py::test_case[heavy-0{shard + 1}of12]", shard=shard, shards=12)
        for shard in range(3)
    ]
    (row,) = rows(shards)
    assert [one.others for one in row.broken] == [2]


def test_every_undecided_part_has_its_own_note_and_command() -> None:
    unsure = [replace(part(name), verdict="inconclusive", note=f"noisy {name}") for name in "ab"]
    report = session(broken("c", KEPT), *unsure)
    told = "\n".join(text(report))
    for name in "ab":
        assert f"noisy {name}\n    repeat: pytest 'test_x.py::test_case[light-{name}]'" in told


def test_measured_parts_are_counted_as_measured() -> None:
    measured = replace(part("m"), verdict="measured")
    report = session(part("a"), part("b"), measured, replace(measured, point="costs"))
    told = text(report)
    assert answer(rows(report.outcomes)) == (
        "2 breaking points: 1 holds, 1 measured (4 parts: 2 hold, 2 measured); 40 runs executed"
    )
    assert " ".join(line.strip() for line in told[:2]) == answer(rows(report.outcomes))
    assert max(map(len, told)) <= WIDTH
    assert any(line.startswith("resume [light]") and "holds, 1 measured" in line for line in told)
    assert 'class="badge measured"' in to_html(report)


def test_what_did_not_run_comes_first_and_comes_back(tmp_path: Path) -> None:
    report = replace(session(part("a")), incomplete=NARROWED)
    assert next(iter(lines(report))) == ("incomplete session: narrowed by -k; 2 of 3 parts did not run", "yellow")
    assert next(iter(annotate(report, lambda outcome: None))).startswith("::warning title=optbench%3A incomplete")
    write(report, tmp_path / "report.json")
    assert read(tmp_path / "report.json") == report


@pytest.mark.parametrize(("verdict", "state"), [("holds", "warn"), ("breaks", "bad")])
def test_an_incomplete_session_is_never_green(verdict: str, state: str) -> None:
    report = replace(session(part("a", verdict=verdict)), incomplete=NARROWED)
    assert f'<header class="answer {state}">' in to_html(report)
    gated = replace(session(part("a")), incomplete=NARROWED)
    gated = replace(gated, comparison=compare(gated, gated, "main"))
    assert '<header class="answer warn">' in to_html(replace(gated, gate=evaluate([], gated)))


def test_sessions_that_complete_each_other_are_whole() -> None:
    first = replace(session(part("a")), incomplete=Incomplete(("narrowed by -k",), False, 2, 1, (part("b").nodeid,)))
    second = replace(session(part("b")), incomplete=Incomplete(("interrupted",), True, 2, 1, (part("a").nodeid,)))
    assert merge_reports([first, second]).incomplete is None
    assert merge_reports([first, first]).incomplete == replace(first.incomplete, planned=2)  # type: ignore[type-var]
    uncollected = replace(session(part("a")), incomplete=Incomplete(("1 file could not be collected",), False, 1, 1))
    assert merge_reports([uncollected, second]).incomplete is not None


def test_workers_that_all_ran_an_item_are_one_outcome() -> None:
    one, two = part("a", executed=3), replace(broken("a", KEPT), executed=4)
    united = merge_outcomes([one, two])
    assert (united.verdict, united.executed, united.broken) == ("breaks", 7, two.broken)
    assert merge_outcomes([one]) is one


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (Limit("depth", 4, "levels", CURVE, "ceiling"), ">= 4 levels"),
        (Limit("depth", 4, "levels", CURVE, "budget"), ">= 4 levels (time ended)"),
        (Limit("depth", 4, "levels", CURVE, "broke"), "4 levels"),
        (Limit("depth", 4, "levels", CURVE, "ceiling", kind="time"), ">= ~4 levels"),
        (Limit("kept", 50, "pairs", (*CURVE, (54.0, 1.0, False)), "ceiling"), "50 pairs"),
        (Limit("files", 4, "files", CURVE, "ceiling", better="lower"), "4 files"),
        (Limit("rate", 500, "runs/s", CURVE, "ceiling", kind="time"), "~500 runs/s"),
        (Limit("survived", 9, "of 9 faults", CURVE, "ceiling"), "9 of 9 faults"),
    ],
)
def test_a_limit_that_was_cut_is_at_least(limit: Limit, told: str) -> None:
    assert limit_text(limit) == told
    report = session(outcome(limit))
    assert any(told in line for line in text(report))
    assert told.replace(">", "&gt;") in to_html(report)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ((8, "ceiling"), (4, "ceiling"), "no clear change"),
        ((8, "broke"), (4, "budget"), "no clear change"),
        ((8, "ceiling"), (16, "broke"), "no clear change"),
        ((8, "ceiling"), (4, "broke"), "2x worse"),
        ((4, "broke"), (8, "ceiling"), "2x better"),
        ((8, "broke"), (4, "broke"), "2x worse"),
        ((8, "ceiling"), (8, "ceiling"), "as before"),
    ],
)
def test_a_search_that_was_cut_is_no_change(before: tuple[int, str], now: tuple[int, str], told: str) -> None:
    then, later = (session(outcome(Limit("depth", value, "levels", (), why))) for value, why in (before, now))
    (change,) = compare(later, then, "main").changes
    assert change_text(change) == told
    (ruled,) = evaluate(parse("resume:10%"), replace(later, comparison=compare(later, then, "main"))).rules
    assert (ruled.verdict == "fail") == ("worse" in told)


def test_cost_limits_are_compared_as_before() -> None:
    (change,) = compare(session(outcome(count(20))), session(outcome(count(10))), "main").changes
    assert change_text(change) == "2x worse"
