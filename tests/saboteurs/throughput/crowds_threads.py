"""A metalab whose threads hold each other up: with several of them every run takes 50 ms more."""

from __future__ import annotations

import time
from typing import Any

from pytest_optbench import engine
from pytest_optbench.engine import *  # noqa: F403


class ThreadExecutor(engine.ThreadExecutor):
    """Settles slowly where there are several workers."""

    def start(self, sweep: Any) -> Any:
        """Start the threads of one sweep."""
        settle = sweep.settle

        def slowly(*arguments: Any) -> None:
            time.sleep(0.05)
            settle(*arguments)

        if self.max_workers > 1:
            sweep.settle = slowly
        return super().start(sweep)
