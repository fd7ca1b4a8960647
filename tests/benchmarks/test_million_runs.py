"""The benchmark of a million runs, with a few: every run is there once, whatever was filled in, resumed or killed."""

from __future__ import annotations

from pathlib import Path

import million_runs
import pytest

import pytest_optbench.engine as metalab

RUNS = 20


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/runs.db"


def test_filled_runs_count_as_finished(store: str) -> None:
    assert million_runs.run_part(store, RUNS)["executed"] == RUNS
    assert million_runs.fill(store, 3 * RUNS)["filled"] == 2 * RUNS
    again = million_runs.run_part(store, 3 * RUNS + 1)
    assert (again["executed"], again["skipped"]) == (1, 3 * RUNS)
    assert million_runs.look_up_finished(store, 3 * RUNS + 1)["found"] == 3 * RUNS + 1
    assert million_runs.read_table(store, 3 * RUNS + 1)["rows"] == 3 * RUNS + 1
    part = metalab.SqlStoreConfig(store, "million:1").connect()
    assert part.check() == []
    part.close()


def test_a_killed_sweep_has_every_run_once(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(million_runs.WITNESS, "")  # is set by the benchmark: restored afterwards
    (line,) = million_runs.killed(store, 10 * RUNS, 1, tmp_path / "witness")
    assert line.startswith(f"killed 1 times: {10 * RUNS} of {10 * RUNS} runs are stored once each")
