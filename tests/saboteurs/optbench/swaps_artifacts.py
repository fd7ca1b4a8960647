"""A metalab that gives one report back for every run: that of the first."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact
_first: list[Any] = []


def _same(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    if name == "summary":
        _first.append(obj)
        obj = _first[0]
    _artifact(self, name, obj, kind, metadata)


Capture.artifact = _same  # type: ignore[method-assign]
