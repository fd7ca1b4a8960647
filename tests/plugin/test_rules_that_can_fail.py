"""Rules that are given can fail: samples are taken for them, or they are refused at the start with what would do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plugin_runs import Run

from pytest_optbench.report.document import read, write
from pytest_optbench.report.outcome import Limit

SPEED = """
import pytest
@pytest.mark.breaking_point("probe", light=3)
def test_probe(load, scenario):
    rates = [{rate} + number / 100 for number in scenario.blocks(5)]
    scenario.ran(executed=3, audited=3, seconds=1)
    scenario.limit("speed", max(rates), "runs/s", kind="time", samples=rates)
    scenario.limit("search", 100.0, "runs", kind="time")
"""
RULE = "probe.speed:10%"


def write_probe(pytester: pytest.Pytester, rate: float) -> None:
    pytester.makepyfile(test_probe=SPEED.format(rate=rate))


def speed_in(path: Path) -> Limit:
    return next(limit for limit in read(path).outcomes[0].limits if limit.name == "speed")


@pytest.fixture
def main(run: Run, pytester: pytest.Pytester) -> Path:
    """A baseline, saved by a session."""
    write_probe(pytester, 100.0)
    assert run("--optbench-save", "main").ret == 0
    return pytester.path / ".optbench" / "main.json"


def keep_samples(path: Path, count: int) -> None:
    """Leave a baseline that many samples, as an older version took."""
    report = read(path)
    limits = [replace(limit, samples=limit.samples[-count:]) for limit in report.outcomes[0].limits]
    write(replace(report, outcomes=(replace(report.outcomes[0], limits=tuple(limits)),)), path)


def test_a_baseline_is_saved_with_enough_samples(main: Path) -> None:
    assert len(speed_in(main).samples) == 8


def test_a_session_without_rules_takes_the_usual_number(run: Run, pytester: pytest.Pytester, main: Path) -> None:
    run("--optbench-json=now.json", "--optbench-compare", "main", "--optbench-compare-fail", "probe.speed>1e9")
    assert len(speed_in(pytester.path / "now.json").samples) == 5


@pytest.mark.parametrize(("before", "now"), [(8, 8), (5, 9), (4, 13)])
def test_a_rule_gets_the_samples_that_it_takes(
    run: Run, pytester: pytest.Pytester, main: Path, workers: tuple[str, ...], before: int, now: int
) -> None:
    keep_samples(main, before)
    write_probe(pytester, 0.1)  # far beyond what a calibration beside it may move
    options = ("--optbench-compare", "main", "--optbench-compare-fail", RULE, "--optbench-json=now.json")
    result = run(*workers, *options)
    assert len(speed_in(pytester.path / "now.json").samples) == now
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate FAILED (1 reason) against main*", f"*{RULE}: probe.speed*worse*"])


def test_a_rule_that_a_baseline_has_too_few_samples_for_is_refused(run: Run, main: Path) -> None:
    keep_samples(main, 3)
    result = run("--optbench-compare", "main", "--optbench-compare-fail", RULE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "3 samples of probe.speed" in str(result.stderr)
    assert "--optbench-save main" in str(result.stderr)


def test_a_rule_about_one_figure_from_a_clock_is_refused(run: Run, main: Path) -> None:
    result = run("--optbench-compare", "main", "--optbench-compare-fail", "probe.search:10%")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "probe.search<" in str(result.stderr)


def test_a_rule_about_a_limit_that_the_baseline_lacks_is_refused(run: Run, main: Path) -> None:
    result = run("--optbench-compare", "main", "--optbench-compare-fail", "probe.sped:10%")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "it has probe.search, probe.speed" in str(result.stderr)


def test_a_rule_names_what_it_covers_and_cannot_judge(run: Run, pytester: pytest.Pytester, main: Path) -> None:
    result = run("--optbench-compare", "main", "--optbench-compare-fail", "probe:10%")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["gate passed against main: 0 known breaks, 1 of 1 rules hold", "*not judged: probe.search [[]light[]] (*"]
    )


def test_a_rule_that_was_not_decided_is_not_called_passed(run: Run, pytester: pytest.Pytester, main: Path) -> None:
    noisy = SPEED.format(rate=0).replace("0 + number / 100", "10.0 ** (4 * (number % 2))")
    pytester.makepyfile(test_probe=noisy)
    result = run("--optbench-compare", "main", "--optbench-compare-fail", RULE)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["gate inconclusive against main: *1 inconclusive", f"*{RULE}: probe.speed*"])
