"""A metalab that takes one replicate of a case for all of them when it resumes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.sweep import Sweep

_begin = Sweep.__init__


def _once(tasks: Iterator[Any], finished: set[str]) -> Iterator[Any]:
    done = set()
    for task in tasks:
        if task.run_id in finished:
            done.add(task.params_fp)
        if task.params_fp not in done or task.run_id in finished:
            yield task


def _easily_pleased(self: Sweep, spec: Any, tasks: Iterator[Any], finished: set[str], *rest: Any) -> None:
    _begin(self, spec, _once(tasks, finished), finished, *rest)


Sweep.__init__ = _easily_pleased  # type: ignore[method-assign]
