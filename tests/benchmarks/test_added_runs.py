"""The cost of adding runs: that the runs are added; the figures are printed, not judged.

`python tests/benchmarks/added_runs.py` takes them.
"""

from __future__ import annotations

from pathlib import Path

import added_runs

import pytest_optbench.engine as metalab


def test_every_round_adds_its_runs(tmp_path: Path) -> None:
    taken = dict(added_runs.figures(tmp_path, [20, 60], 2))
    assert {runs: len(figures) for runs, figures in taken.items()} == {20: 2, 60: 2}
    assert [len(metalab.load_results(tmp_path / str(runs))) for runs in taken] == [40, 80]
