"""Which items there are, which are kept, and what the summary says of the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugin_runs import Run


def test_without_m_only_light_scenarios_run(run: Run, stub: Path, workers: tuple[str, ...]) -> None:
    result = run(*workers)
    result.assert_outcomes(passed=2, deselected=0 if workers else 7)
    result.stdout.fnmatch_lines(["*left out: 5 medium, 1 heavy, 1 extreme (ask with -m medium*"])


def test_m_chooses_an_intensity(run: Run, stub: Path, workers: tuple[str, ...]) -> None:
    result = run("-m", "medium", *workers)
    assert result.parseoutcomes()["passed"] == 5
    result.stdout.no_fnmatch_line("*left out*")


def test_item_names_do_not_change_with_the_number_of_workers(run: Run, stub: Path) -> None:
    alone = run("--collect-only", "-q", "-m", "medium").outlines[:5]
    assert alone == run("--collect-only", "-q", "-m", "medium", "-n", "3").outlines[:5]
    assert alone[1] == "test_stub.py::test_split[medium-1of4]"


def test_shards_can_be_chosen(run: Run, stub: Path) -> None:
    result = run("-m", "medium", "--optbench-shards", "7")
    assert result.parseoutcomes()["passed"] == 1 + 7


def test_an_item_that_is_named_in_full_is_kept(run: Run, stub: Path) -> None:
    run("test_stub.py::test_stub[heavy]").assert_outcomes(passed=1)


def test_other_tests_are_left_alone(run: Run, stub: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_other="def test_other(): pass")
    run("-k", "other").assert_outcomes(passed=1, deselected=9)


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ('"x"', "*has no load*"),
        ('"x", tiny=1', "*unknown tiny*light, medium, heavy, extreme*"),
        ("light=1", "*give its name alone*"),
    ],
)
def test_a_bad_marker_is_refused(run: Run, pytester: pytest.Pytester, marker: str, complaint: str) -> None:
    pytester.makepyfile(f"import pytest\n@pytest.mark.breaking_point({marker})\ndef test_x(load, scenario): pass")
    result = run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([complaint])


def test_explain_runs_nothing(run: Run, stub: Path, workers: tuple[str, ...]) -> None:
    result = run("-m", "medium", "--optbench-explain", *workers)
    result.stdout.no_fnmatch_line("*passed*")
    result.stdout.fnmatch_lines(["stub [[]medium[]], load 100*", "split [[]medium[]], load 80, 4 shards*"])


def test_breaking_points_are_selected_by_name(run: Run, stub: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_other="def test_stub_of_others(): pass")
    run("--optbench-only", "stub").assert_outcomes(passed=1, deselected=9)
    run("--optbench-only", "split, stub", "-m", "medium").assert_outcomes(passed=5, deselected=5)
    run("--optbench-only=stub", "--optbench-only=split", "-k", "split").assert_outcomes(passed=1, deselected=9)
    run("--optbench-only", "stub", "-k", "split").assert_outcomes(deselected=10)


def test_an_unknown_breaking_point_is_refused_by_name(run: Run, stub: Path, workers: tuple[str, ...]) -> None:
    result = run("-q", "--optbench-only", "stub,splitt", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    complaint = "ERROR: --optbench-only stub,splitt: unknown breaking point 'splitt': choose one of split, stub"
    assert complaint in str(result.stderr)
    assert "Traceback" not in f"{result.stdout}{result.stderr}"
    result.stdout.no_fnmatch_line("*1 passed*")


def test_a_breaking_point_where_no_scenario_is_collected_is_refused(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_other="def test_other(): pass")
    result = run("--optbench-only", "resume")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "no scenario was collected; add --optbench" in str(result.stderr)


def test_a_parameter_with_colons_is_named_in_full(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_colons="import pytest\n"
        "@pytest.mark.parametrize('name', ['a::b c'])\n"
        "@pytest.mark.breaking_point('x', light=1, heavy=2)\n"
        "def test_x(load, name, scenario): scenario.ran(executed=1, audited=1, seconds=1)\n"
    )
    (heavy,) = [one for one in run("--collect-only", "-q", "-m", "heavy").outlines if "::" in one]
    run(heavy).assert_outcomes(passed=1)
