"""What the tests of the plugin run: a stub of a suite, and the names of the fixtures' types."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_optbench.report.document import SessionReport

ENGINE = "pytest_optbench.engine"
Run = Callable[..., pytest.RunResult]
Reported = Callable[..., SessionReport]

STUB = """
import os
import pytest

@pytest.mark.breaking_point("stub", light=10, medium=100, heavy=1000, extreme=10000)
def test_stub(load, scenario):
    scenario.ran(executed=load.size, audited=load.size, seconds=0.5)
    scenario.limit("runs", load.size, "runs")

@pytest.mark.breaking_point("split", light=8, medium=80)
def test_split(load, shard, scenario):
    scenario.ran(executed=load.size // shard.count, audited=load.size // shard.count, seconds=0.5)
"""
