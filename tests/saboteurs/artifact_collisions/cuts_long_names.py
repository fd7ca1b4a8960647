"""A metalab that keeps the first hundred characters of a name."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact


def _cut(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    _artifact(self, name[:100] if set(name) == {"n"} else name, obj, kind, metadata)


Capture.artifact = _cut  # type: ignore[method-assign]
