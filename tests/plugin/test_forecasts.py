"""A session that makes a forecast: it runs no scenario, is right about what it measured, and refuses bad input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.forecast import measuring
from pytest_optbench.plugin.forecast_options import NOT_TOGETHER, a_number_of_runs, check_forecast
from pytest_optbench.plugin.forecasting import numbers_of_workers
from pytest_optbench.report.document import read

BEGAN: Any = None  # these readers do not look at how the session began
GIVEN = {"forecast": 10, "forecast_payload": None, "store": None, "executor": "thread", **dict.fromkeys(NOT_TOGETHER)}
FAILING = """
import pytest_optbench.engine as metalab

@metalab.operation(name="failing")
def failing(params):
    raise ValueError("no such thing")
"""


@pytest.fixture
def forecast(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a session in this process, whose measurements take as little time as they can."""
    monkeypatch.setattr(measuring, "SECONDS", 0.1)
    monkeypatch.setattr(measuring, "PLANS", (10, 20))
    pytester.makepyfile(test_other="def test_other(): raise AssertionError('no test runs')")

    def run(*arguments: str) -> pytest.RunResult:
        chosen = ("-p", "no:randomly", "-p", "no:cacheprovider", "--metalab", "pytest_optbench.engine")
        return pytester.runpytest_inprocess(*chosen, "--optbench-forecast", "40", *arguments)

    return run


def test_a_forecast_is_printed_and_written_and_nothing_else_runs(forecast: Any, pytester: pytest.Pytester) -> None:
    store = pytester.path / "a folder" / "store"
    result = forecast("--optbench-json=f.json", f"--optbench-store={store}", "-n", "2")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        ["40 noop runs by thread:*", "first limit:*", "runs * 4 * 40 * 400*", "wall time, 4 workers*"]
    )
    found = read(pytester.path / "f.json")
    assert found.outcomes == ()
    assert found.forecast is not None
    assert (found.forecast.runs, found.forecast.sizes) == (40, (4, 40, 400))
    assert {cost.cost for cost in found.forecast.costs} >= {"wall time", "disk", "inodes", "time to resume"}
    for cost in found.forecast.costs:
        assert all(0 <= at.low <= at.value <= at.high for at in cost.at), cost
    inodes = next(cost for cost in found.forecast.costs if cost.cost == "inodes")
    assert 40 < inodes.at[1].value < 400
    assert not list(Path(pytester.path).rglob("optbench-forecast-*"))


def test_a_payload_whose_runs_fail_has_no_forecast(forecast: Any, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(failing_operation=FAILING)
    result = forecast("--optbench-forecast-payload", "failing_operation.py:failing")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["optbench: no forecast: 1 of 1 runs failed, the first with ValueError: no such thing"])


@pytest.mark.parametrize(
    ("value", "runs"), [("1000000", 10**6), ("1_000_000", 10**6), ("1e6", 10**6), ("2.5e3", 2_500), ("1", 1)]
)
def test_a_number_of_runs_can_be_written_in_several_ways(value: str, runs: int) -> None:
    assert a_number_of_runs("--optbench-forecast", value, BEGAN) == runs


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "", "nan", "inf", "1e13", "1e999999999"])
def test_another_number_is_refused(value: str) -> None:
    with pytest.raises(InvalidInputError, match="--optbench-forecast"):
        a_number_of_runs("--optbench-forecast", value, BEGAN)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"forecast": None, "forecast_payload": "noop"}, "--optbench-forecast-payload needs --optbench-forecast"),
        *(
            ({name: True}, f"--optbench-forecast with {flag}: a forecast runs no")
            for name, flag in NOT_TOGETHER.items()
        ),
        ({"store": "postgresql://x"}, "a forecast measures folders only"),
        ({"executor": "slurm"}, "with --optbench-executor slurm: a forecast measures thread and process workers only"),
        ({"executor": "dask"}, "with --optbench-executor dask: a forecast measures thread and process workers only"),
    ],
)
def test_options_that_a_forecast_would_ignore_are_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        check_forecast({**GIVEN, **changed})


def test_options_of_a_forecast_and_of_other_sessions_are_taken() -> None:
    check_forecast(GIVEN)
    check_forecast({**GIVEN, "forecast": None, "explain": True, "executor": "slurm"})


def test_numbers_of_workers_are_powers_of_two_and_the_one_asked() -> None:
    assert numbers_of_workers(3)[:4] == [1, 2, 3, 4]
    assert 100 in numbers_of_workers(100)
