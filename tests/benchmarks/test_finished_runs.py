"""The costs of finished runs: that the contenders see the same runs; the figures are printed, not judged.

`python tests/benchmarks/finished_runs.py` takes them.
"""

from __future__ import annotations

import os
from pathlib import Path

import finished_runs
import pytest

import pytest_optbench.engine as metalab

RUNS = 20


@pytest.fixture
def store(tmp_path: Path) -> Path:
    metalab.run(finished_runs.experiment(RUNS), store=tmp_path / "store").result()
    return tmp_path / "store"


def test_every_contender_sees_every_run(store: Path) -> None:
    cores = os.sched_getaffinity(0)
    taken = finished_runs.race(store, RUNS, 2)
    assert [len(figures) for figures in taken.values()] == [2] * 4
    assert len(list(finished_runs.table(taken))) == 4
    assert os.sched_getaffinity(0) == cores


@pytest.mark.parametrize("contender", ["files", "resume", "alone", "pandas"])
def test_a_contender_says_how_many_it_met(store: Path, contender: str) -> None:
    assert finished_runs.contenders(store, RUNS + 1)[contender]() == RUNS


def test_a_figure_of_fewer_runs_is_refused(store: Path) -> None:
    with pytest.raises(RuntimeError, match=f"met {RUNS} finished runs of {RUNS + 1}"):
        finished_runs.race(store, RUNS + 1, 1)
