"""The engine beside files and SQLite by hand: that they do the same work; the figures are printed, not judged.

`pytest tests/benchmarks/test_payload_speed.py -s`; with more runs: `python tests/benchmarks/payload.py`.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import payload
import pytest

import pytest_optbench.engine as metalab

RUNS = 20


@pytest.mark.parametrize("workload", payload.OPERATIONS)
def test_every_contender_keeps_every_run(tmp_path: Path, workload: str) -> None:
    contenders = payload.beside_the_floor(workload, [payload.ENGINE])
    for name, contend in contenders.items():
        contend(tmp_path / name, RUNS)
    for name in ("files", "bytes"):
        assert len(list((tmp_path / name).iterdir())) == RUNS
    with sqlite3.connect(tmp_path / "sqlite" / "runs.db") as connection:
        (kept,) = connection.execute("SELECT COUNT(DISTINCT run) FROM files").fetchone()
    assert kept == RUNS
    for store in (tmp_path / payload.ENGINE, f"sqlite:///{tmp_path}/{payload.IN_SQLITE}/runs.db"):
        assert len(metalab.load_results(store).successful) == RUNS


def test_the_engine_keeps_what_the_floor_keeps(tmp_path: Path) -> None:
    """The same arrays, documents, texts and steps, and no fewer bytes in the record."""
    contenders = payload.beside_the_floor("full", [payload.ENGINE])
    contenders["files"](tmp_path / "files", 1)
    contenders[payload.ENGINE](tmp_path / "engine", 1)
    floor = tmp_path / "files" / "0"
    (run,) = metalab.load_results(tmp_path / "engine")
    assert sorted(one.name for one in run.artifacts()) == ["best", "curve", "report", "summary", "trajectory"]
    for name in payload.ARRAYS:
        kept, by_hand = run.artifact(name), np.load(floor / f"{name}.npz")
        assert all(np.array_equal(kept[part], by_hand[part]) for part in by_hand.files)
    assert run.artifact("summary") == json.loads((floor / "summary.json").read_bytes())
    assert run.artifact("report") == (floor / "report.txt").read_text()
    assert np.array_equal(run.series("objective")[1], np.load(floor / "series.npz")["objective"])
    (record,) = (tmp_path / "engine").rglob("record.json")
    assert record.stat().st_size >= (floor / "record.json").stat().st_size


@pytest.mark.parametrize("workload", payload.OPERATIONS)
def test_figures(tmp_path: Path, workload: str) -> None:
    taken = payload.race(payload.beside_the_floor(workload, [payload.ENGINE]), RUNS, 3, tmp_path)
    lines = list(payload.table(taken))
    print("", workload, *lines, sep="\n")
    assert [line.split()[0] for line in lines] == list(taken)
    assert list(tmp_path.iterdir()) == []
