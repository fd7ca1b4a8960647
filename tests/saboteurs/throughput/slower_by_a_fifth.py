"""A metalab of which a run costs a fifth more on average: some are paid for twice.

Their price is paid again as it was the first time: a claim, an execution, a record, in a store that nobody reads.
Waiting instead would cost anything but a fifth on a busy system, which favours those that sleep over those that work.
"""

from __future__ import annotations

import dataclasses
import itertools
import tempfile
import uuid
from typing import Any

from pytest_optbench import engine
from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.model.outcome import Ending
from pytest_optbench.engine.store import open_store

EVERY = 3  # a third of what runs cost is a fifth of it all: what a sweep costs once is paid once


@engine.operation(name="again")
def again(params: Any, capture: Any) -> None:
    """Do as little as the run that is paid for twice, and tell no witness."""
    capture.metric("value", len(params))


class Till:
    """Where the sweeps of an experiment pay again; opened by the first of them, which nobody times."""

    def __init__(self, sweep: Any) -> None:
        self.runs = itertools.count(1)
        self._folder = tempfile.TemporaryDirectory(prefix="again-")
        store = open_store(self._folder.name, sweep.spec.experiment_id)
        self._runner = Runner.open(dataclasses.replace(sweep.spec, operation=again, store=store.spec()), sweep.token)

    def pay(self, task: Any) -> None:
        """Execute and keep a run like that one."""
        outcome = self._runner.attempt(task._replace(run_id=uuid.uuid4().hex))
        if outcome.ending is not Ending.SUCCESS:
            raise RuntimeError(f"nothing was paid: {outcome}")


_tills: dict[str, Till] = {}


class ThreadExecutor(engine.ThreadExecutor):
    """Pays for every third run twice."""

    def start(self, sweep: Any) -> Any:
        """Start the threads of one sweep."""
        settle, name = sweep.settle, sweep.spec.experiment_id
        till = _tills[name] = _tills.get(name) or Till(sweep)

        def twice(task: Any, outcome: Any) -> None:
            settle(task, outcome)
            if next(till.runs) % EVERY == 0:
                till.pay(task)

        sweep.settle = twice
        return super().start(sweep)
