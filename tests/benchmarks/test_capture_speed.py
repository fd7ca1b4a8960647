"""What a stepped point costs: `capture.metric(name, value, step=i)` against the same loop over a bare list's append.

Run on demand: `pytest tests/benchmarks/test_capture_speed.py -s`. Times are minima over rounds in which both take
turns, so that a busy machine slows both; the ratio is what to look at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.store import FileStore

POINTS = 100_000
ROUNDS = 15
RUN = "0" * 32


def test_time_and_space_of_a_stepped_point(tmp_path: Path) -> None:
    store = FileStore(tmp_path).experiment("points:1")
    assert store.claim(RUN)
    values = [step / 7 for step in range(POINTS)]
    point, bare, closing = float("inf"), float("inf"), float("inf")
    for _ in range(ROUNDS):
        capture = Capture(store.draft(RUN))
        point = min(point, timed(capture_all, capture, values))
        kept: list[tuple[int, float]] = []
        bare = min(bare, timed(append_all, kept, values))
        began = time.perf_counter()
        captured = capture.close()
        closing = min(closing, time.perf_counter() - began)
        assert captured["series"] == {"loss": len(kept)}
    store.close()
    (file,) = captured["files"]
    per_point = 1e6 / POINTS
    print(f"\na stepped point: {point * per_point:.3f} us (target 0.5), {point / bare:.1f} times a bare append")
    print(f"writing it: {closing * per_point:.3f} us, {file.size / POINTS:.3f} bytes (target 16)")
    assert file.size - 16 * POINTS < 1000


def timed(function: Callable[..., object], *arguments: object) -> float:
    began = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - began


def capture_all(capture: Capture, values: Iterable[float]) -> None:
    metric = capture.metric
    for step, value in enumerate(values):
        metric("loss", value, step=step)


def append_all(kept: list[tuple[int, float]], values: Iterable[float]) -> None:
    append = kept.append
    for step, value in enumerate(values):
        append((step, value))
