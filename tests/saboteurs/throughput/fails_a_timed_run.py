"""A metalab in which the first run of each sweep that is timed fails for no reason."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Attempt

_finish = Attempt.finish
_stores: dict[str, str] = {}  # the run that fails, of each store


def _failing(self: Attempt) -> Any:
    store = f"{self._runner.store.path}"
    if "/timed/" in store and _stores.setdefault(store, self.task.run_id) == self.task.run_id:
        self.fail(RuntimeError("too busy"))
    return _finish(self)


Attempt.finish = _failing  # type: ignore[method-assign]
