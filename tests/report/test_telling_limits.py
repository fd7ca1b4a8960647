"""The short summary: one line a breaking point with the limit that says most, all limits where they are asked for."""

from __future__ import annotations

from dataclasses import replace

from sessions import count, outcome, session, speed

from pytest_optbench.report.compare import compare
from pytest_optbench.report.outcome import Limit
from pytest_optbench.report.rows import rows
from pytest_optbench.report.telling import telling_limit, telling_text
from pytest_optbench.report.terminal import WIDTH, lines

NAMED = Limit("resume cost", 86.2, "us per run", better="lower", kind="time")
BROKEN = Limit("kinds of damage survived", 8, "of 9", ((0, 1, True), (1, 0, False)))
LONG = Limit("largest sweep resumed within 10 s of a long wait", 116_033, "runs (extrapolated)", kind="time")


def test_a_green_session_has_a_line_for_each_breaking_point() -> None:
    points = [f"a-breaking-point-{number}" for number in range(19)]
    report = session(
        *(outcome(count(1, f"limit {n}"), count(2), speed(3), point=point) for n, point in enumerate(points))
    )
    short = [text for text, _ in lines(report)]
    assert len(short) <= 24
    assert max(map(len, short)) <= WIDTH
    for number, point in enumerate(points):
        assert any(line.startswith(f"{point} [light]") and f"limit {number}: 1" in line for line in short)
    whole = "\n".join(text for text, _ in lines(report, verbose=True))
    assert all(f"  {name} " in whole for name in ("limit 7", "cost", "rate"))


def test_the_limit_that_the_table_names_is_told_before_others() -> None:
    (row,) = rows([outcome(count(1), NAMED, LONG)])
    assert telling_limit(row, {}) == NAMED
    (other,) = rows([outcome(count(1), LONG)])
    assert telling_limit(other, {}) == count(1)


def test_what_broke_is_told_where_a_promise_is_broken() -> None:
    (row,) = rows([outcome(NAMED, BROKEN, broken=["a promise"])])
    assert telling_limit(row, {}) == BROKEN


def test_what_got_worse_comes_first_and_other_changes_follow() -> None:
    before = session(outcome(NAMED, count(10, "opens"), count(10, "locks"), count(3, "links")))
    now = session(outcome(NAMED, count(12, "opens"), count(20, "locks"), count(3, "links")))
    found = [text for text, _ in lines(replace(now, comparison=compare(now, before, "main")))]
    assert any("locks: 20 opens/run, 2x worse" in line for line in found if line.startswith("resume [light]"))
    assert "    opens: 12 opens/run, 1.2x worse" in found
    assert not any("links" in line for line in found)


def test_a_long_name_is_cut_and_its_value_is_not() -> None:
    (row,) = rows([outcome(LONG)])
    text = telling_text(row, {}, 40)
    assert text == "largest...: ~116,033 runs (extrapolated)"
    assert len(text) <= 40


def test_a_breaking_point_without_limits_says_how_many_runs_it_executed() -> None:
    (row,) = rows([outcome()])
    assert telling_text(row, {}, 40) == "10 runs"
