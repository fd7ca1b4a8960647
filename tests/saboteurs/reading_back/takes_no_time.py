"""A metalab whose runs take no time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Runner

_record = Runner.record


def _changed(self: Runner, *arguments: Any, **fields: Any) -> Any:
    record = _record(self, *arguments, **fields)
    return replace(record, duration_ms=0.0)


Runner.record = _changed  # type: ignore[method-assign]
