"""A metalab that takes an absolute name for a path, and writes there too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact


def _straying(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    _artifact(self, name, obj, kind, metadata)
    if name.endswith("/absolute-json"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("astray")


Capture.artifact = _straying  # type: ignore[method-assign]
