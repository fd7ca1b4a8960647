"""Operations that wait for files in the folder of their context, and write files there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pytest_optbench.stress.model.observed_text import exact_text
from pytest_optbench.target import load_target

PATIENCE = 60.0  # seconds against a hang; nothing is judged by them
MARK = bytes(range(65, 81)) * 4  # bytes that the artifacts of a run contain, to be found in its files
_TARGET = load_target()


@dataclass
class Inner:
    """A part of a context that can be changed."""

    rate: float = 0.5


def wait_for_file(path: Path, is_over: Callable[[], bool] = lambda: False) -> bool:
    """Wait until a file exists or `is_over`; returns whether that was within `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not (path.exists() or is_over()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


@_TARGET.operation(name="gated")
def gated(context: Any, params: Any, runtime: Any, capture: Any) -> None:
    """Say that it began, wait until it may go on, then write down what its context and metadata hold."""
    folder = Path(context["folder"])
    (folder / f"began-{params['n']}").touch()
    wait_for_file(folder / "go")
    received = {"x": list(context["x"]), "rate": context["inner"].rate, "names": sorted(context)}
    received["metadata"] = dict(runtime.metadata)
    (folder / f"held-{params['n']}").write_text(exact_text(received), encoding="utf-8")
    capture.metric("n", params["n"])


@_TARGET.operation(name="marked")
def marked(params: Any, capture: Any) -> None:
    """Capture a metric and artifacts that can be found in the files of a store."""
    capture.metric("n", 1_234_567 + params["n"])
    capture.artifact("text", {"mark": MARK.decode()})
    capture.artifact("array", np.frombuffer(MARK, dtype="u1"))


@_TARGET.operation(name="misplacing")
def misplacing(context: Any, params: Any, capture: Any) -> None:
    """Put a file where the store was, so that the run cannot be stored."""
    store = Path(context["store"])
    capture.metric("n", params["n"])
    if not store.with_name("gone").exists():
        store.rename(store.with_name("gone"))
        store.write_text("no store", encoding="utf-8")


@_TARGET.operation(name="forking")
def forking(context: Any, params: Any, capture: Any) -> None:
    """Fork: the child captures and returns at once, or raises, and so leaves the operation a second time."""
    capture.metric("n", params["n"])
    child = os.fork()
    if child == 0:
        capture.metric("child", 1)
        if params["n"] % 2:
            raise ValueError("of the child")
        return
    deadline = time.monotonic() + PATIENCE / 3
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            capture.metric("stayed", 1)
            return
        time.sleep(0.005)
