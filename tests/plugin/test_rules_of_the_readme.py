"""Each rule that the README shows fails where its figure is falsified, and passes where it is not.

The figures are those of a real light session, the falsified ones a thousand times as good or as bad.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from plugin_runs import ENGINE

from pytest_optbench.report.__main__ import main
from pytest_optbench.report.document import SessionReport, read, write
from pytest_optbench.report.gate import Rule, parse
from pytest_optbench.report.outcome import ItemOutcome, Limit

README = Path(__file__).parents[2] / "README.md"
RULE = re.compile(r"[`']([a-z-]+(?:\.\w+)?(?::\+?[\d.]+[%x]|[<>][\d.]+(?:e\d+)?))[`']")
RULES = tuple(dict.fromkeys(RULE.findall(README.read_text(encoding="utf-8"))))
RELATIVE = tuple(rule for rule in RULES if parse(rule)[0].relative)
PARTS = ("--optbench", "-m", "light", "--optbench-only", "resume,throughput,stepped-metrics", "-k",
         "test_cost or test_put or test_load or (test_speed and stepped)")  # fmt: skip
FACTOR = 1000.0
SECONDS = 600.0  # against a hang


def session_in(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *PARTS]
    return subprocess.run(
        [*command, "--metalab", ENGINE, *options], cwd=folder, capture_output=True, text=True, timeout=SECONDS,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a real session was saved as the baseline `main`."""
    place = tmp_path_factory.mktemp("rules")
    done = session_in(place, "--optbench-save", "main")
    assert done.returncode == 0, done.stdout + done.stderr
    return place


@pytest.fixture(scope="module")
def real(folder: Path) -> SessionReport:
    return read(folder / ".optbench" / "main.json")


def scaled(limit: Limit, cost: float) -> Limit:
    """A limit of which a unit costs so many times as much."""
    by = cost if limit.better == "lower" else 1 / cost
    return replace(limit, value=limit.value * by, samples=tuple(sample * by for sample in limit.samples))


def falsified(report: SessionReport, rules: Sequence[str], cost: float) -> SessionReport:
    """A report in which what the rules name costs so many times as much."""
    named = [rule for text in rules for rule in parse(text)]
    return replace(report, outcomes=tuple(_falsified(outcome, named, cost) for outcome in report.outcomes))


def _falsified(outcome: ItemOutcome, rules: Sequence[Rule], cost: float) -> ItemOutcome:
    limits = [
        scaled(limit, cost) if any(rule.covers(outcome.point, limit.name) for rule in rules) else limit
        for limit in outcome.limits
    ]
    return replace(outcome, limits=tuple(limits))


def moved(report: SessionReport, rule: Rule, value: float) -> SessionReport:
    """A report in which the figure that a bound is about has a value."""
    return replace(
        report,
        outcomes=tuple(
            replace(
                outcome,
                limits=tuple(
                    replace(limit, value=value, samples=()) if rule.covers(outcome.point, limit.name) else limit
                    for limit in outcome.limits
                ),
            )
            for outcome in report.outcomes
        ),
    )


def shown(now: SessionReport, before: SessionReport, rule: str, folder: Path) -> int:
    write(now, folder / "now.json")
    write(before, folder / "before.json")
    return main(["show", str(folder / "now.json"), "--compare", str(folder / "before.json"), "--fail", rule])


def test_the_readme_shows_a_rule_of_every_kind() -> None:
    kinds = {parse(rule)[0].kind for rule in RULES}
    assert kinds == {"worse", "better", "below", "above"}
    assert {rule[-1] for rule in RELATIVE} == {"%", "x"}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_fails_where_its_figure_is_falsified_alone(
    rule: str, real: SessionReport, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (read_rule,) = parse(rule)
    if read_rule.relative:
        good, bad = (real, falsified(real, [rule], FACTOR)), (real, falsified(real, [rule], 1 / FACTOR))
    else:
        step = 0.5 if read_rule.kind == "above" else 2.0
        good, bad = ((moved(real, read_rule, read_rule.number * by), real) for by in (step, 1 / step))
    assert shown(*good, rule, tmp_path) == 0
    assert "gate passed" in capsys.readouterr().out
    assert shown(*bad, rule, tmp_path) == 1
    said = capsys.readouterr().out
    assert "gate FAILED" in said
    assert f"    {rule}: " in said


@pytest.mark.parametrize("rule", [rule for rule in RELATIVE if parse(rule)[0].kind == "worse"])
def test_a_session_does_not_fail_against_itself(
    rule: str, real: SessionReport, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(real, real, rule, tmp_path) == 0
    assert "gate FAILED" not in capsys.readouterr().out


def test_sessions_are_judged_by_all_rules_together(folder: Path, real: SessionReport) -> None:
    """Twice as a user has it: a session against a baseline far better than it can be, and one far worse."""
    rules = [f"--optbench-compare-fail={rule}" for rule in RELATIVE]
    write(falsified(real, RELATIVE, 1 / FACTOR), folder / "better.json")
    failed = session_in(folder, f"--optbench-compare={folder / 'better.json'}", *rules)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    for rule in RELATIVE:
        assert f"    {rule}: " in failed.stdout
    write(falsified(real, RELATIVE, FACTOR), folder / "worse.json")
    passed = session_in(folder, f"--optbench-compare={folder / 'worse.json'}", *rules)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "gate passed" in passed.stdout
