"""Parts that the baseline decided and this session did not: they fail the gate, unless that is allowed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sessions import outcome, session

from pytest_optbench.report.__main__ import main
from pytest_optbench.report.compare import compare
from pytest_optbench.report.document import SessionReport, write
from pytest_optbench.report.gate import evaluate
from pytest_optbench.report.outcome import ItemOutcome
from pytest_optbench.report.terminal import lines


def part(number: int, verdict: str = "holds", intensity: str = "light", **changed: object) -> ItemOutcome:
    found = replace(outcome(**changed), case=f"part {number}", intensity=intensity)  # type: ignore[arg-type]
    return replace(found, verdict=verdict)  # type: ignore[arg-type]


def compared(now: SessionReport, before: SessionReport) -> SessionReport:
    return replace(now, comparison=compare(now, before, "main"))


def said(report: SessionReport, *, allow_missing: bool = False) -> tuple[bool, list[str]]:
    gate = evaluate((), report, allow_missing=allow_missing)
    return gate.passed, [line for line, _ in lines(replace(report, gate=gate))]


WHOLE = session(*(part(number) for number in range(98)))


def test_a_gate_with_97_of_98_parts_missing_fails_and_lists_ten() -> None:
    passed, text = said(compared(session(part(0)), WHOLE))
    assert not passed
    assert text[1].startswith("gate FAILED (1 reason) against main")
    assert any("97 of 98 parts that the baseline main decided were not decided now" in line for line in text)
    assert "    not decided now: resume [light] part 1: did not run" in text
    assert sum("did not run" in line for line in text) == 10
    assert "    and 87 more parts not decided now" in text


def test_those_who_narrow_on_purpose_get_the_list_alone() -> None:
    passed, text = said(compared(session(part(0)), WHOLE), allow_missing=True)
    assert passed
    assert text[1].startswith("gate passed against main")
    assert "    and 87 more parts not decided now" in text


@pytest.mark.parametrize("verdict", ["inconclusive", "not applicable"])
def test_what_came_to_no_verdict_is_missing(verdict: str) -> None:
    before = session(part(0), part(1))
    passed, text = said(compared(session(part(0), part(1, verdict)), before))
    assert not passed
    assert f"    not decided now: resume [light] part 1: {verdict}" in text


def test_what_the_baseline_could_not_decide_is_not_owed() -> None:
    assert said(compared(session(part(0)), session(part(0), part(1, "inconclusive"))))[0]


def test_an_intensity_that_was_not_asked_for_is_not_missing_and_is_told() -> None:
    passed, text = said(compared(session(part(0)), session(part(0), part(0, "breaks", "medium"))))
    assert passed
    assert "    not asked for, and in the baseline: 1 part medium" in text


def test_shards_that_did_not_run_are_missing() -> None:
    whole = session(*(part(0, shard=shard, shards=4) for shard in range(4)))
    some = session(*(part(0, shard=shard, shards=4) for shard in range(3)))
    (missing,) = compared(some, whole).comparison.undecided  # type: ignore[union-attr]
    assert missing == "resume [light] part 0: 1 of 4 shards did not run"
    assert not compared(whole, some).comparison.undecided  # type: ignore[union-attr]
    assert not compared(session(part(0)), whole).comparison.undecided  # type: ignore[union-attr]


def test_the_command_fails_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(WHOLE, tmp_path / "main.json")
    write(session(part(0)), tmp_path / "now.json")
    shown = ["show", str(tmp_path / "now.json"), "--compare", str(tmp_path / "main.json")]
    assert main(shown) == 1
    assert main([*shown, "--allow-missing"]) == 0
    capsys.readouterr()
