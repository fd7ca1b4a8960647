"""A metalab that refuses names with a slash and does not say which name it means."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact


def _refusing(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    if name == "a//b":
        raise ValueError("bad artifact")
    _artifact(self, name, obj, kind, metadata)


Capture.artifact = _refusing  # type: ignore[method-assign]
