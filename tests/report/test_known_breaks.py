"""What a baseline knows of breaks: what they are about, how many witnesses they have, and which come and go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sessions import KEPT, KEPT_ID, RUN_ONCE, broken, outcome, session

from pytest_optbench.report.__main__ import main
from pytest_optbench.report.breaks import known_breaks
from pytest_optbench.report.compare import compare
from pytest_optbench.report.comparison import Comparison
from pytest_optbench.report.document import SessionReport, read, write
from pytest_optbench.report.gate import evaluate
from pytest_optbench.report.merge import merge_reports
from pytest_optbench.report.outcome import BrokenPromise
from pytest_optbench.report.terminal import lines


def with_breaks(*breaks: BrokenPromise | str, started: str = "2024-01-01T00:00:00Z") -> SessionReport:
    return session(outcome(broken=breaks), started=started)


def several(*sessions: SessionReport) -> SessionReport:
    return merge_reports([replace(one, started=f"2024-01-0{day}") for day, one in enumerate(sessions, 1)])


def gate_of(now: SessionReport, before: SessionReport) -> tuple[Comparison, bool]:
    compared = compare(now, before, "main")
    return compared, evaluate((), replace(now, comparison=compared)).passed


@pytest.mark.parametrize(
    ("before", "now", "grows"),
    [
        ([5], 54, True), ([5], 5, False), ([5], 7, False), ([5], 8, True), ([1], 2, False), ([1], 3, True),
        ([5, 5], 6, True), ([5, 9], 12, False), ([5, 9], 14, True), ([0, 3], 6, False), ([0, 3], 7, True),
    ],
)  # fmt: skip
def test_a_known_break_that_grew_fails(before: list[int], now: int, grows: bool) -> None:
    known = several(*(with_breaks(*([broken(KEPT, count)] if count else [])) for count in before))
    found, passed = gate_of(with_breaks(broken(KEPT, now)), known)
    assert (len(found.grown), len(found.known), len(found.new)) == (int(grows), int(not grows), 0)
    assert passed is not grows


def test_growth_is_told_with_its_numbers() -> None:
    now = with_breaks(broken(KEPT, 54))
    now = replace(now, comparison=compare(now, with_breaks(broken(KEPT, 5)), "main"))
    text = " ".join(" ".join(line for line, _ in lines(replace(now, gate=evaluate((), now)))).split())
    assert "gate FAILED (1 reason) against main: 0 known breaks, 1 grew" in text
    assert f"broken further: resume [light] case: {KEPT_ID}: {KEPT}: grew from 5 to 54" in text
    assert "(known)" not in text


def test_growth_counts_over_all_shards() -> None:
    before, now = (
        session(*(outcome(broken=[broken(KEPT, count)], shard=shard, shards=4) for shard in range(4)))
        for count in (2, 9)
    )
    (grown,) = gate_of(now, before)[0].grown
    assert (grown.before, grown.now) == (8, 36)


def test_a_break_does_not_hide_another_of_its_promise() -> None:
    loggers, files = broken(KEPT, about="loggers"), broken(KEPT, about="files")
    found, passed = gate_of(with_breaks(loggers, files), with_breaks(loggers))
    assert [one.about for one in found.known] == ["loggers"]
    assert [one.about for one in found.new] == ["files"]
    assert not passed
    assert gate_of(with_breaks(loggers), with_breaks(loggers))[1]


def test_what_comes_and_goes_is_known_and_not_fixed() -> None:
    known = several(with_breaks(RUN_ONCE, KEPT), with_breaks(RUN_ONCE), with_breaks(RUN_ONCE))
    present, passed = gate_of(with_breaks(RUN_ONCE, KEPT), known)
    assert ([one.promise for one in present.known], passed) == ([RUN_ONCE, KEPT], True)
    gone, passed = gate_of(with_breaks(), known)
    assert ([one.promise for one in gone.fixed], passed) == ([RUN_ONCE], True)
    assert gone.flaky == (f"resume [light] case: {KEPT_ID}: {KEPT} (in 1 of 3 sessions of the baseline)",)


def test_shards_of_one_session_are_no_sessions() -> None:
    shards = session(outcome(broken=[KEPT], shard=0, shards=2), outcome(shard=1, shards=2))
    (known,) = known_breaks(shards.outcomes).values()
    assert (known.counts, known.is_flaky) == ((1,), False)


def test_a_session_that_could_not_decide_says_nothing_of_a_break() -> None:
    unsure = session(replace(outcome(), verdict="inconclusive"))
    (known,) = known_breaks(several(with_breaks(KEPT), unsure, with_breaks(KEPT)).outcomes).values()
    assert known.counts == (1, 1)


def test_one_command_makes_a_baseline_of_several_sessions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, breaks in enumerate(([KEPT], [], [KEPT]), start=1):
        write(with_breaks(*breaks, started=f"2024-01-0{number}"), Path(f"main-{number}.json"))
    assert main(["merge", "main-1.json", "main-2.json", "main-3.json", "-o", ".optbench/main.json"]) == 0
    assert len(read(Path(".optbench/main.json")).sessions) == 3
    capsys.readouterr()
    assert main(["show", "main-1.json", "--compare", "main"]) == 0
    assert "1 known break" in capsys.readouterr().out
    assert main(["show", "main-2.json", "--compare", "main"]) == 0
    assert "comes and goes: resume [light] case" in capsys.readouterr().out
