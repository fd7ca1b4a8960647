"""The floor: the same bytes written by hand, sampled in turns; judged by files and counts, never by seconds."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import numpy as np

from pytest_optbench.stress.measure import calibration


def test_every_figure_is_the_median_of_its_samples(tmp_path: Path) -> None:
    taken = calibration.calibrate(tmp_path, seconds=0)
    assert sorted(taken.samples) == ["cpu", "noop", "payload"]
    for name, samples in taken.samples.items():
        assert len(samples) == 5
        assert min(samples) > 0
        assert getattr(taken, f"{name}_us") == statistics.median(samples)


def test_each_sample_writes_the_payload_and_a_record(tmp_path: Path) -> None:
    calibration.calibrate(tmp_path, seconds=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        name for turn in range(5) for name in (str(turn), f"{turn}.json")
    )
    assert json.loads((tmp_path / "4.json").read_text()) == calibration.RECORD
    assert sorted(path.name for path in (tmp_path / "4").iterdir()) == [
        "best.npz", "curve.npz", "objective.json", "record.json", "report.txt", "summary.json", "trajectory.npz",
    ]  # fmt: skip
    assert len(json.loads((tmp_path / "4" / "objective.json").read_text())) == calibration.STEPS
    with np.load(tmp_path / "4" / "curve.npz") as curve:
        assert curve["best_f"].shape == (calibration.POINTS,)
