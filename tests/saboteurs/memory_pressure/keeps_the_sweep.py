"""A metalab that holds every artifact of a sweep until the sweep ends."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact
_held: list[Any] = []


def _holding(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    _held.append(obj)
    _artifact(self, name, obj, kind, metadata)


def run(experiment: Any, **keywords: Any) -> Any:
    """Run, and let go of all artifacts at the end."""
    handle = _run(experiment, **keywords)
    handle.result()
    _held.clear()
    return handle


Capture.artifact = _holding  # type: ignore[method-assign]
