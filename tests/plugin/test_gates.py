"""Baselines and gates from the command line: what turns a session red, what does not, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugin_runs import Run

from pytest_optbench.report.document import read

HEAD = """
import pytest
@pytest.mark.breaking_point("probe", light=3)
def test_probe(load, scenario):
    scenario.ran(executed=3, audited=3, seconds=1)
    scenario.limit("cost", {cost}, "opens", better="lower")
"""
BREAK = "    scenario.breaks({promise!r}, 'run 7 is lost')\n"


@pytest.fixture
def probe(pytester: pytest.Pytester) -> Path:
    return write(pytester)


def write(pytester: pytest.Pytester, *promises: str, cost: float = 10) -> Path:
    body = HEAD.format(cost=cost) + "".join(BREAK.format(promise=promise) for promise in promises)
    return pytester.makepyfile(test_probe=body)


def test_a_session_is_saved_and_compared(run: Run, probe: Path, pytester: pytest.Pytester) -> None:
    saved = run("--optbench-save", "main")
    saved.stdout.fnmatch_lines(["baseline saved in *.optbench/main.json"])
    assert read(pytester.path / ".optbench" / "main.json").outcomes[0].limits[0].value == 10
    result = run("--optbench-compare", "main", "--optbench-compare-fail", "probe.cost:10%")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["gate passed against main: 0 known breaks, 1 of 1 rules hold", "*as before*"])


def test_a_limit_that_got_worse_fails_a_green_session(
    run: Run, probe: Path, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    run("--optbench-save", "main")
    write(pytester, cost=13)
    result = run(*workers, "--optbench-compare", "main", "--optbench-compare-fail", "probe.cost:10%,probe:2x")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["gate FAILED (1 reason) against main:*", "*probe.cost:10%: *1.3x worse*"])
    assert run("--optbench-compare", "main").ret == 0  # without a rule a change is told and no failure
    assert run("--optbench-compare-fail", "probe.cost>12").ret == 1  # a bound needs no baseline


def test_a_known_break_does_not_fail_and_a_new_one_does(
    run: Run, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    write(pytester, "runs are kept")
    assert run("--optbench-save", "main").ret == 1
    known = run(*workers, "--optbench-compare", "main")
    known.assert_outcomes(xfailed=1)
    assert known.ret == 0
    known.stdout.fnmatch_lines(["gate passed against main: 1 known break*", "probe*breaks (known)*"])
    write(pytester, "runs are kept", "ids are stable")
    new = run(*workers, "--optbench-compare", "main")
    new.assert_outcomes(failed=1)
    assert new.ret == 1
    new.stdout.fnmatch_lines(["gate FAILED*1 known break, 1 new*", "*newly broken: probe*: ids are stable"])


GROWS = (
    HEAD.format(cost=10) + "    scenario.breaks('ids are stable', 'two are one', others={others}, about={about!r})\n"
)


@pytest.mark.parametrize(
    ("others", "about", "said"), [(53, "int", "grew from 5 to 54"), (4, "float", "stable (float)")]
)
def test_a_known_break_hides_neither_its_growth_nor_another(
    run: Run, pytester: pytest.Pytester, workers: tuple[str, ...], others: int, about: str, said: str
) -> None:
    pytester.makepyfile(test_probe=GROWS.format(others=4, about="int"))
    run("--optbench-save", "main")
    run(*workers, "--optbench-compare", "main").assert_outcomes(xfailed=1)
    pytester.makepyfile(test_probe=GROWS.format(others=others, about=about))
    result = run(*workers, "--optbench-compare", "main")
    result.assert_outcomes(failed=1)
    assert result.ret == 1
    assert said in " ".join(str(result.stdout).split())


TWO = HEAD.format(cost=10) + HEAD.replace("test_probe", "test_other").format(cost=10)


def test_parts_that_did_not_run_fail_unless_that_is_allowed(
    run: Run, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    pytester.makepyfile(test_probe=TWO)
    run("--optbench-save", "main")
    narrowed = (*workers, "-k", "test_probe[light]", "--optbench-compare", "main")
    result = run(*narrowed)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate FAILED (1 reason)*", "*1 of 2 parts*", "*not decided now: probe*did not run"])
    allowed = run(*narrowed, "--optbench-compare-allow-missing")
    assert allowed.ret == 0
    allowed.stdout.fnmatch_lines(["gate passed*", "*not decided now: probe*did not run"])


def test_a_break_without_a_baseline_fails_the_gate_as_it_fails_the_session(run: Run, pytester: pytest.Pytester) -> None:
    write(pytester, "runs are kept")
    result = run("--optbench-compare-fail", "probe.cost>12")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate FAILED (1 reason): 1 of 1 rules hold", "*broken: probe*runs are kept"])


def test_a_baseline_says_what_it_was_taken_of(run: Run, probe: Path, pytester: pytest.Pytester) -> None:
    run("--optbench-save", "main")
    saved = read(pytester.path / ".optbench" / "main.json")
    assert saved.target["name"] == "pytest_optbench.engine"
    assert "commit" in saved.target
    assert saved.options == {"executor": "thread", "workers": 1}
    result = run("--optbench-compare", "main", "--optbench-workers", "2")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["UNLIKE main*workers 1, now 2", "gate passed*", "*baseline: pytest_optbench.engine*"])


def test_a_fixed_break_is_announced(run: Run, pytester: pytest.Pytester) -> None:
    write(pytester, "runs are kept")
    run("--optbench-save", "main")
    write(pytester)
    result = run("--optbench-compare", "main")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["gate passed*1 fixed*", "*fixed: probe [[]light[]] probe: probe.runs-are-kept: runs are kept"]
    )


def test_a_gate_that_measured_nothing_fails(run: Run, probe: Path, pytester: pytest.Pytester) -> None:
    run("--optbench-save", "main")
    undecided = HEAD.format(cost=1).replace("scenario.ran(", "scenario.inconclusive('noisy'), dict(")
    pytester.makepyfile(test_probe=undecided)
    result = run("--optbench-compare", "main")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate FAILED*", "*nothing was measured*"])


def test_a_rule_without_its_limit_fails(run: Run, probe: Path) -> None:
    result = run("--optbench-compare-fail", "probe.speed<3")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*no such limit was measured; there are: probe.cost"])


def test_no_scenario_is_no_green_gate_and_no_baseline(run: Run, probe: Path, pytester: pytest.Pytester) -> None:
    run("--optbench-save", "main")
    result = run("-k", "nothing", "--optbench-compare", "main", "--optbench-save", "other")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*nothing was measured*", "*'other' was not saved: no scenario ran*"])
    assert [path.name for path in (pytester.path / ".optbench").iterdir()] == ["main.json"]


BAD = {
    "no baseline": (("--optbench-compare", "main"), "there is no baseline 'main'"),
    "no file": (("--optbench-compare", "no/main.json"), "no/main.json: give the path of a report"),
    "no report": (("--optbench-compare", "./test_probe.py"), "is not an optbench report"),
    "no rule": (("--optbench-compare-fail", "probe=3"), "'probe=3' is not a rule"),
    "nothing to compare with": (("--optbench-compare-fail", "probe:3%"), "needs --optbench-compare"),
    "no name": (("--optbench-save", "../main"), "use letters"),
    "html into nowhere": (("--optbench-html", "no/such/place.html"), "there is no folder"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_gate_that_cannot_judge_is_refused_before_anything_runs(run: Run, probe: Path, case: str) -> None:
    arguments, complaint = BAD[case]
    result = run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert complaint in str(result.stderr)
    assert "Traceback" not in str(result.stderr)


def test_the_html_of_a_session_is_written(run: Run, probe: Path, pytester: pytest.Pytester) -> None:
    run("--optbench-html", "report.html").stdout.fnmatch_lines(["report written to report.html"])
    text = (pytester.path / "report.html").read_text()
    assert "1 breaking point: 1 holds; 3 runs executed" in text
    assert "keeps every promise that 1 part tested</h1>" in text
    assert '<td class="number" data-column="figure">10 opens</td>' in text


def test_the_json_carries_comparison_and_gate(run: Run, probe: Path, pytester: pytest.Pytester) -> None:
    run("--optbench-save", "main")
    run("--optbench-compare", "main", "--optbench-compare-fail", "probe:1%", "--optbench-json", "now.json")
    report = read(pytester.path / "now.json")
    assert report.gate is not None
    assert report.gate.passed
    assert report.comparison is not None
    assert [change.worse for change in report.comparison.changes] == [1.0]


def test_annotations_are_for_github_alone(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    write(pytester, "runs are kept")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    run(*workers).stdout.no_fnmatch_line("::error*")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path))
    run(*workers).stdout.fnmatch_lines(["::error file=test_probe.py,line=2,title=probe*::runs are kept*"])
