"""A metalab in which the name "CON" drops what was captured before it."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact


def _dropping(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    if name == "CON":
        self._artifacts.clear()
    _artifact(self, name, obj, kind, metadata)


Capture.artifact = _dropping  # type: ignore[method-assign]
