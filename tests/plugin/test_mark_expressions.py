"""Which intensities a mark expression asks for, and what that selects."""

from __future__ import annotations

import pytest
from plugin_runs import Run

from pytest_optbench.plugin.mark_expressions import names_asked

EXPRESSIONS = {
    "": "",
    "light": "light",
    "highlight": "highlight",
    "not heavy": "",
    "not slow": "",
    "medium or heavy": "medium heavy",
    "light and not slow": "light",
    "medium or not slow": "medium",
    "not (light or heavy)": "",
    "not (not medium)": "medium",
    "not not medium and fast": "medium fast",
    "not (medium and not heavy)": "heavy",
    "device(serial='not heavy', n=-1) and light": "device light",
    "not device(serial='x')": "",
    "a.b-c/d[e] or light": "a.b-c/d[e] light",
    "  light  ": "light",
    "light and": "",
    "light light": "",
    "(": "",
    "=": "",
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_names_outside_of_not_are_asked_for(expression: str) -> None:
    assert names_asked(expression) == frozenset(EXPRESSIONS[expression].split())


SELECTED = {
    "not slow": "test_fast[light] test_stub[light] test_split[light]",
    "not heavy": "test_fast[light] test_slow[light] test_stub[light] test_split[light]",
    "highlight": "",
    "slow": "test_slow[light]",
    "slow and medium": "test_slow[medium]",
    "breaking_point": "test_fast[light] test_slow[light] test_stub[light] test_split[light]",
    "light and not slow": "test_fast[light] test_stub[light] test_split[light]",
    "medium or heavy": "test_fast[medium] test_slow[medium] test_stub[medium] test_stub[heavy] test_split[medium]",
    "slow or heavy": "test_slow[light] test_stub[heavy]",
    "not light": "",
}
MARKED = """
import pytest

@pytest.mark.breaking_point("fast", light=1, medium=2)
def test_fast(load, scenario): ...

@pytest.mark.slow
@pytest.mark.breaking_point("slow", light=1, medium=2)
def test_slow(load, scenario): ...
"""


@pytest.mark.parametrize(
    ("expression", "place"),
    [*((expression, "given") for expression in SELECTED), ("not slow", "addopts"), ("not light", "addopts")],
)
def test_a_larger_load_is_selected_by_its_name_alone(
    pytester: pytest.Pytester, stub: object, expression: str, place: str
) -> None:
    pytester.makepyfile(test_marked=MARKED)
    given, addopts = (("-m", expression), "") if place == "given" else ((), f'addopts = -m "{expression}"')
    pytester.makeini(f"[pytest]\n{addopts}\nmarkers = slow: s")
    own = ("-p", "no:randomly", "--optbench-shards", "1", "--metalab", "pytest_optbench.engine")
    result = pytester.runpytest_inprocess("--collect-only", "-q", *own, *given)
    found = [line.split("::")[1] for line in result.outlines if "::" in line]
    assert found == SELECTED[expression].split()


FOREIGN = """
import pytest

@pytest.mark.light
def test_light(): ...

@pytest.mark.heavy
def test_heavy(): ...

def test_other(): ...
"""


@pytest.mark.parametrize(
    ("expression", "passed", "workers"),
    [
        ("", 3, ()),
        ("light", 1, ()),
        ("not heavy", 2, ()),
        ("light or heavy", 2, ()),
        ("not slow", 3, ()),
        ("highlight", 0, ()),
        ("", 3, ("-n", "2")),
        ("light", 1, ("-n", "2")),
    ],
)
def test_a_session_of_other_tests_says_nothing_and_imports_nothing(
    pytester: pytest.Pytester,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    expression: str,
    passed: int,
    workers: tuple[str, ...],
) -> None:
    monkeypatch.setenv("OPTBENCH_METALAB", "nowhere")
    pytester.makepyfile(FOREIGN)
    pytester.makeini("[pytest]\nmarkers =\n    light: quick tests of this project\n")
    result = run("-q", *workers, "-m", expression, target="")
    result.assert_outcomes(passed=passed, deselected=0 if workers else 3 - passed)
    told = f"{result.stdout}{result.stderr}".lower()
    assert "optbench" not in told.replace("pytest-optbench", "")
    assert "metalab" not in told
    assert "left out" not in told


def test_the_ini_file_alone_imports_no_target(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FOREIGN)
    pytester.makeini("[pytest]\nmetalab = nowhere")
    run("-q", target="").assert_outcomes(passed=3)


@pytest.mark.parametrize("origin", ["environment", "ini"])
def test_scenarios_without_their_target_end_in_one_line(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...], origin: str
) -> None:
    imports = "import pytest_optbench.benchmark.operation\n"
    pytester.makepyfile(test_imports=imports + MARKED, test_marked=MARKED)
    if origin == "environment":
        monkeypatch.setenv("OPTBENCH_METALAB", "nowhere")
    else:
        pytester.makeini("[pytest]\nmetalab = nowhere")
    result = run("-q", *workers, target="")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    named = "$OPTBENCH_METALAB" if origin == "environment" else "metalab in the ini file"
    assert f"ERROR: {named}: there is no module 'nowhere' to test" in str(result.stderr)
    assert "Traceback" not in f"{result.stdout}{result.stderr}"
    result.stdout.no_fnmatch_line("*error*")


def test_workers_tell_what_is_under_test(run: Run, stub: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTBENCH_METALAB", "pytest_optbench.engine")
    lines = run("-n", "2", target="").outlines
    first = next(
        place for place, line in enumerate(lines) if line.startswith("metalab under test: pytest_optbench.engine")
    )
    assert first < next(place for place, line in enumerate(lines) if line.startswith("2 workers [2 items]"))
