"""A metalab that forgets the metadata of artifacts."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_kept = Capture._keep


def _changed(self: Capture, name: str, kind: str, suffix: str, chunks: Any, metadata: Any) -> Any:
    return _kept(self, name, kind, suffix, chunks, None)


Capture._keep = _changed  # type: ignore[method-assign]
