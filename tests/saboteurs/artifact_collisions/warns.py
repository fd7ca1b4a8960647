"""A metalab that warns when another run has used the name of an artifact."""

from __future__ import annotations

import logging
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact
_seen: set[str] = set()


def _warning(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    if name in _seen:
        logging.getLogger("pytest_optbench.engine").warning("Artifact %s already exists, overwriting", name)
    _seen.add(name)
    _artifact(self, name, obj, kind, metadata)


Capture.artifact = _warning  # type: ignore[method-assign]
