"""A metalab whose artifacts have names without case: one of two is listed under the name of the other."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact


def _folded(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    _artifact(self, "loss" if name in ("Loss", "LOSS") else name, obj, kind, metadata)


Capture.artifact = _folded  # type: ignore[method-assign]
