"""Where saboteurs hold something for each artifact of a sweep until the sweep ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_optbench.engine import run as _run
from pytest_optbench.engine.execution.capture import Capture

_artifact = Capture.artifact
_held: list[Any] = []


def holding(thing: Callable[[Any], Any]) -> Callable[..., Any]:
    """Hold `thing` of each artifact from now on; returns a `run` that lets go of all when its sweep ends."""

    def artifact(self: Capture, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:
        _held.append(thing(obj))
        _artifact(self, name, obj, kind, metadata)

    def run(experiment: Any, **keywords: Any) -> Any:
        handle = _run(experiment, **keywords)
        handle.result()
        _held.clear()
        return handle

    Capture.artifact = artifact  # type: ignore[method-assign]
    return run
