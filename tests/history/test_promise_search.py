"""The search for a commit in sessions that are made up: which parts run, and what decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from sessions import broken, outcome, session

from pytest_optbench.errors import OptbenchError
from pytest_optbench.history.promise_search import Answer, PromiseSearch
from pytest_optbench.history.repository import Commit
from pytest_optbench.history.sessions import Skipped
from pytest_optbench.promises import promise
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.outcome import ItemOutcome

PROMISE = promise("resume.exactly-missing")
OF_ALL = promise("audit.listed")
USED = ("-m", "light")
POINT = (*USED, "--optbench-only", "resume")
ALONE = (*POINT, "-k", "test_finished[light]")


class FakeSessions:
    """Sessions by the letter of a commit: h holds, b breaks, f does in every second session, s skips, ? undecided,
    x fails before it examined the promise."""

    def __init__(self, kept: Mapping[tuple[str, ...], str] | None = None) -> None:
        self.known = kept or {}
        self.asked: list[tuple[str, ...]] = []
        self.count = 0

    def kept(self, commit: Commit, arguments: Sequence[str]) -> tuple[SessionReport, ...]:
        return reports(commit.subject) if commit.id[0] in self.known.get(tuple(arguments), "") else ()

    def of(self, commit: Commit, arguments: Sequence[str]) -> tuple[SessionReport, ...] | Skipped:
        self.count += 1
        self.asked.append(tuple(arguments))
        return Skipped("it cannot be installed") if commit.subject == "s" else reports(commit.subject)


def reports(state: str) -> tuple[SessionReport, ...]:
    part: ItemOutcome = replace(outcome(), case="finished", nodeid="resume/test_resume.py::test_finished[light]")
    other = replace(outcome(), case="other", nodeid="resume/test_resume.py::test_other[light]")
    bad = replace(part, verdict="breaks", broken=(broken(PROMISE.id), broken(OF_ALL.id)))
    failed = replace(part, verdict="breaks", broken=(broken("audit.no-runner-error"),))
    found = {"h": part, "b": bad, "?": replace(part, verdict="inconclusive"), "x": failed}
    return tuple(session(found[sign], other) for sign in {"f": "hb"}.get(state, state))


def commits(states: str) -> tuple[Commit, ...]:
    return tuple(Commit(f"{place:x}" * 40, "2024-01-01", state) for place, state in enumerate(states))


def search(states: str, sessions: FakeSessions, name: str = PROMISE.id) -> Answer:
    return PromiseSearch(promise(name), sessions, USED, lambda _: None).search(commits(states))  # type: ignore[arg-type]


def suspects(answer: Answer) -> str:
    return "".join(commit.id[0] for commit in answer.suspects)


def test_the_point_runs_once_and_then_its_part_alone() -> None:
    sessions = FakeSessions()
    answer = search("hhhhhbbb", sessions)
    assert (answer.broke, suspects(answer), answer.last.id[0]) == (True, "5", "4")
    assert sessions.asked[0] == POINT
    assert {*sessions.asked[1:]} == {ALONE}
    assert sessions.count <= 2 + 3
    assert (answer.witness.message, answer.repeat) == ("run 7 was executed twice", "pytest x")


def test_a_promise_of_the_audit_belongs_to_no_point() -> None:
    sessions = FakeSessions()
    assert suspects(search("hb", sessions, OF_ALL.id)) == "1"
    assert sessions.asked == [USED, ALONE]


def test_a_promise_that_is_kept_again_is_found_too() -> None:
    answer = search("bbbhh", FakeSessions())
    assert (answer.broke, suspects(answer), answer.last.id[0]) == (False, "3", "2")
    assert answer.breaking == answer.last


@pytest.mark.parametrize("undecided", "s?x")
def test_undecided_commits_are_passed_over_or_named(undecided: str) -> None:
    assert suspects(search(f"hh{undecided}hb", FakeSessions())) == "4"
    assert suspects(search(f"hh{undecided}bb", FakeSessions())) == "23"


def test_a_promise_that_one_session_of_a_commit_breaks_is_broken_there() -> None:
    assert suspects(search("hhfbb", FakeSessions())) == "2"


def test_kept_sessions_decide_without_another_one() -> None:
    sessions = FakeSessions({USED: "04", POINT: "2", ALONE: "3"})
    assert suspects(search("hhhbb", sessions)) == "3"
    assert sessions.count == 0


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ("hh", r"it holds at 0{10} .* and holds at 1{10} .*: name a range"),
        ("bb", "it breaks at .* and breaks at"),
        ("sb", "it is not decided at .* and breaks at"),
        ("h?", "it holds at .* and is not decided at"),
        ("b", "it breaks at .* and breaks at"),
    ],
)
def test_a_range_without_a_change_is_refused(states: str, said: str) -> None:
    with pytest.raises(OptbenchError, match=said):
        search(states, FakeSessions())
