"""An operation that captures in every way that the target offers; while a file exists, runs fail after a part of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.random  # a fork server that has imported this module has it for all its children

from pytest_optbench.target import digest, load_target
from pytest_optbench.workloads.workload import WorkloadRun, workload

STEPS = 12
LINES = 3
_TARGET = load_target()


@workload("captures", "runtime")
def captures(run: WorkloadRun) -> None:
    """Capture metrics, a series, JSON, arrays, a file, structured data and log lines; all follow from the params.

    While the file `params["failing"]` exists, every second run fails midway, with an artifact that it never has else.
    """
    number = run.params["n"]
    generator = run.seeds.numpy("captures")
    run.capture_metrics(square=number**2)
    run.capture.log(f"run {number} begins")
    if Path(run.params["failing"]).exists() and number % 2:
        run.capture.artifact("only of a failed run", {"n": number}, kind="json")
        raise ValueError(f"run {number} fails, as it is meant to")
    series = [(step, float(number + step / 7)) for step in range(STEPS)]
    run.produced.series["loss"] = list(series)
    for step, value in series:
        run.capture.metric("loss", value, step=step)
    for name, kind, content in (
        ("summary", "json", {"n": number, "list": list(range(30))}),
        ("arrays", "numpy", {"x": generator.random(50), "i": np.arange(20)}),
    ):
        run.produced.artifacts[name] = digest(content)
        run.capture.artifact(name, content, kind=kind)
    if "data" in _TARGET.features:
        run.capture.data("table", {"rows": [[number, 0.5, "x"], []]})
    run.capture.file("report", _report(run, number))
    for line in range(LINES):
        run.capture.log(f"run {number} line {line}", level="warning")


CODE = getattr(captures, "code_hash", "")  # computed by the fork server, and not again by each of its children


def _report(run: WorkloadRun, number: int) -> Path:
    text = f"report of run {number}\n" * 20
    run.produced.artifacts["report"] = digest(text)
    path = Path(run.runtime.scratch_dir) / "report.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
