"""Calibration: the speed of this machine without a runner, the floor with which speeds are compared."""

from __future__ import annotations

import io
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LOOP = 10_000  # iterations of the plain Python loop
POINTS = 500
STEPS = 100
RECORD = {"run_id": "0" * 32, "status": "success", "params": {"n": 1}, "metrics": {"best_f": 0.5, "evaluations": 500}}


@dataclass(frozen=True)
class Calibration:
    """Medians in microseconds: the full payload and a bare record, written by hand, and a plain Python loop.

    The payload is five artifacts, 100 steps and a record in one folder, which one rename publishes; the
    record alone is one file and its rename; the loop adds 10,000 numbers. `samples` has all figures by name.
    """

    payload_us: float
    noop_us: float
    cpu_us: float
    samples: Mapping[str, tuple[float, ...]]


def calibrate(folder: Path, seconds: float = 0.3) -> Calibration:
    """Take the three figures in turn, for that many seconds, at least five times each; leaves files in `folder`."""
    values = _payload()
    taken: dict[str, list[float]] = {"payload": [], "noop": [], "cpu": []}
    deadline = time.perf_counter() + seconds
    while len(taken["cpu"]) < 5 or time.perf_counter() < deadline:
        place = folder / str(len(taken["cpu"]))
        taken["payload"].append(_microseconds(lambda place=place: write_payload(place, values)))  # type: ignore[misc]
        taken["noop"].append(_microseconds(lambda place=place: write_record(place.with_suffix(".json"))))  # type: ignore[misc]
        taken["cpu"].append(_microseconds(_loop))
    medians = {f"{name}_us": statistics.median(figures) for name, figures in taken.items()}
    return Calibration(**medians, samples={name: tuple(figures) for name, figures in taken.items()})


def write_payload(place: Path, values: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Write the full payload by hand: serialize and write each file, then rename the folder."""
    draft = place.with_name(f"{place.name}.draft")
    draft.mkdir()
    for name, arrays in values.items():
        (draft / f"{name}.npz").write_bytes(_npz(arrays))
    (draft / "summary.json").write_text(json.dumps({"points": POINTS, "stopped": "budget"}), encoding="utf-8")
    (draft / "report.txt").write_text("a line of a report\n" * 10, encoding="utf-8")
    (draft / "objective.json").write_text(json.dumps([[n, 1 / (n + 1)] for n in range(STEPS)]), encoding="utf-8")
    (draft / "record.json").write_text(json.dumps(RECORD), encoding="utf-8")
    draft.rename(place)


def write_record(path: Path) -> None:
    """Write a bare record by hand: one file, one rename."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(RECORD), encoding="utf-8")
    os.replace(partial, path)  # noqa: PTH105 - no path object: this is the floor


def _payload() -> dict[str, Mapping[str, np.ndarray]]:
    generator = np.random.default_rng(0)
    return {
        "curve": {"evaluations": np.arange(POINTS), "best_f": generator.random(POINTS)},
        "best": {"x": generator.random(10), "f": np.array(0.5)},
        "trajectory": {"x": generator.random((POINTS // 10 + 1, 10))},
    }


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _loop() -> None:
    total = 0
    for number in range(LOOP):
        total += number


def _microseconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e6
