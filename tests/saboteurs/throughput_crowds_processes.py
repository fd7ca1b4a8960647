"""A metalab whose worker processes hold each other up: with several of them every run takes a quarter second more."""

from __future__ import annotations

import time
from typing import Any

from pytest_optbench import engine
from pytest_optbench.engine import *  # noqa: F403


class ProcessExecutor(engine.ProcessExecutor):
    """Settles slowly where there are several workers."""

    def start(self, sweep: Any) -> Any:
        """Start the workers of one sweep."""
        take = sweep.take

        def slowly() -> Any:
            time.sleep(0.25)
            return take()

        if self.max_workers > 1:
            sweep.take = slowly
        return super().start(sweep)
