"""An operation with something to observe: log lines, structured data, a figure, a failure."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from pytest_optbench.stress.witness.witness import Produced
from pytest_optbench.target import digest, load_target

from .workload import WorkloadRun, workload

LIBRARY = "optbench.library"  # the logger of a library that an operation uses
LEVELS = ("info", "warning", "error")
FAILURE = "fails, as it is meant to"
FIGURE = "figure"
NOTES: Mapping[str, Any] = {"unit": "m", "source": {"name": "x", "parts": [1, 2.5, None]}}  # metadata of an artifact
_TARGET = load_target()


@workload("observed")
def observed(run: WorkloadRun) -> None:
    """Capture the parts in `params["parts"]`, sleep for `seconds`, and raise an error if `fail` is set."""
    index = run.params["index"]
    run.capture_metrics(index=index, half=index / 2)
    for part in str(run.params.get("parts", "")).split():
        PARTS[part](run.capture, run.produced, run.key, index)
    time.sleep(run.params.get("seconds", 0.0))
    if run.params.get("fail"):
        raise RuntimeError(f"run {index} {FAILURE}")


def lines_of(key: str, lines: int) -> list[tuple[str, str]]:
    """Return the level and text of each line that a run logs."""
    return [(LEVELS[number % len(LEVELS)], f"{key} line {number}") for number in range(lines)]


def values_of(index: int) -> dict[str, Any]:
    """Return the structured data of a run, as values."""
    return {
        "table": {"index": index, "rows": [[1, 2.5, "x"], []], "nothing": None},
        "matrix": np.arange(6.0).reshape(2, 3) * index,
        "number": index / 3,
    }


def _log(capture: Any, produced: Produced, key: str, index: int) -> None:
    for level, text in lines_of(key, 5 + index % 3):
        capture.log(text, level=level)


def _library_log(capture: Any, produced: Produced, key: str, index: int) -> None:
    logger = logging.getLogger(LIBRARY)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False  # as in libraries that have handlers of their own
    capture.subscribe_logger(LIBRARY)
    for level, text in lines_of(f"library {key}", 5 + index % 3):
        logger.log(getattr(logging, level.upper()), text)


def _data(capture: Any, produced: Produced, key: str, index: int) -> None:
    for name, value in values_of(index).items():
        capture.data(name, value)


def _artifact(capture: Any, produced: Produced, key: str, index: int) -> None:
    value = {"key": key, "index": index}
    produced.artifacts["noted"] = digest(value)
    capture.artifact("noted", value, kind="json", metadata=dict(NOTES))


def _figure(capture: Any, produced: Produced, key: str, index: int) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, index])
    capture.figure(FIGURE, figure)


PARTS = {"log": _log, "library-log": _library_log, "data": _data, "artifact": _artifact, "figure": _figure}
