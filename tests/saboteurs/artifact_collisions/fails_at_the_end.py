"""A metalab whose store cannot publish a run that has an artifact with dots for a name, which ends the sweep."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.store.file import ExperimentStore

_artifact, _publish = Capture.artifact, ExperimentStore.publish
_dotted: list[str] = []


def _noting(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
    _artifact(self, name, obj, kind, metadata)
    if "." in name:
        _dotted.append(name)


def _failing(self: ExperimentStore, draft: Any, record: Any) -> None:
    _publish(self, draft, record)
    if _dotted:
        raise RuntimeError(f"the name {_dotted.pop()!r} cannot be indexed")


Capture.artifact = _noting  # type: ignore[method-assign]
ExperimentStore.publish = _failing  # type: ignore[method-assign]
