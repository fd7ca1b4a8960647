"""A metalab that holds one copy of an array while it writes it: within what is allowed."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact


def _copying(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    copies = [obj.copy() for _ in range(1)] if hasattr(obj, "nbytes") else []
    _artifact(self, name, obj, kind, metadata)
    copies.clear()


Capture.artifact = _copying  # type: ignore[method-assign]
