"""Scenarios on Dask: they hold, parts about other executors are not applicable, and a defect of it breaks them."""

from __future__ import annotations

import pytest
from plugin_runs import Run

pytest.importorskip("distributed")
DASK = ("--optbench", "-m", "light", "--optbench-executor", "dask")
FORGETFUL = """
from pytest_optbench.engine import *
from pytest_optbench.engine.executors.dask.lost_runs import LostRuns
from pytest_optbench.engine.model.outcome import SKIPPED

LostRuns.died = lambda self, task, death, *, killed: SKIPPED
"""


def test_a_part_holds_and_one_about_threads_is_not_applicable(run: Run) -> None:
    result = run(*DASK, "--optbench-only", "resume,throughput", "-k", "test_finished or test_more_threads")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines("*not applicable*")


def test_an_executor_that_forgets_the_runs_of_dead_workers_is_noticed(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(forgetful=FORGETFUL)
    result = run(*DASK, "--metalab", "forgetful", "--optbench-only", "failure-injection", "-k", "test_dead_workers")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("*failure-injection.*")
