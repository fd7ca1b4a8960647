"""A metalab that refuses every name of an artifact with a dot in it, by the name."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture


def _refusing(method: Any) -> Any:
    def capture(self: Capture, name: str, *arguments: Any, **keywords: Any) -> Any:
        if "." in name:
            raise ValueError(f"artifact {name!r} has a dot in its name")
        return method(self, name, *arguments, **keywords)

    return capture


Capture.artifact = _refusing(Capture.artifact)  # type: ignore[method-assign]
Capture.file = _refusing(Capture.file)  # type: ignore[method-assign]
