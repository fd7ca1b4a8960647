"""The full payload: an operation that captures as much as an optimizer run, in a size that params choose."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target import digest, load_target

from .workload import WorkloadRun, workload

STEPS = 100
PAYLOAD = ("curve", "best", "trajectory", "summary", "report")
_TARGET = load_target()


def payload_values(replicate_rng: np.random.Generator, points: int) -> dict[str, Any]:
    """Return the four artifacts of the full payload, as values: arrays of `points` numbers, and a JSON summary."""
    return {
        "curve": {"evaluations": np.arange(points), "best_f": replicate_rng.random(points)},
        "best": {"x": replicate_rng.random(10), "f": np.array(replicate_rng.random())},
        "trajectory": {"x": replicate_rng.random((points // 10 + 1, 10))},
        "summary": {"points": points, "stopped": "budget", "mean": float(replicate_rng.random())},
    }


@workload("payload", "runtime")
def payload(run: WorkloadRun) -> None:
    """Capture five artifacts and 100 steps, like an optimizer run; `params["points"]` sets the artifacts' size."""
    values = payload_values(run.seeds.numpy("payload"), run.params.get("points", 500))
    report = f"{run.params}\n" * 10
    _witness(run.produced, run.key, values, report)
    run.capture.log_metrics(run.produced.metrics)
    for step, value in run.produced.series["objective"]:
        run.capture.metric("objective", value, step=step)
    for name, value in values.items():
        run.capture.artifact(name, value, kind="json" if name == "summary" else "numpy")
    run.capture.file("report", write_report(report, run.runtime.scratch_dir))


def _witness(produced: Any, key: str, values: Mapping[str, Any], report: str) -> None:
    """Give the results to the witness before the runner captures them."""
    produced.metrics.update({"best_f": values["summary"]["mean"], WITNESS_METRIC: key})
    produced.series["objective"] = [(step, 1.0 / (step + 1)) for step in range(STEPS)]
    produced.artifacts.update({name: digest(value) for name, value in values.items()}, report=digest(report))


def write_report(text: str, folder: Any) -> Path:
    """Write a report into a scratch folder, which a target need not have created yet."""
    path = Path(folder) / "report.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
