"""A metalab of which each run costs a fifth more: after every run its thread is busy for a fifth of what it took."""

from __future__ import annotations

import time
from typing import Any

from pytest_optbench import engine
from pytest_optbench.engine import *  # noqa: F403


class ThreadExecutor(engine.ThreadExecutor):
    """Idles, at full speed, from the end of a run."""

    def start(self, sweep: Any) -> Any:
        """Start the threads of one sweep."""
        settle, since = sweep.settle, time.perf_counter()

        def slowly(*arguments: Any) -> None:
            nonlocal since
            settle(*arguments)
            now = time.perf_counter()
            end = now + (now - since) / 5
            while now < end:
                now = time.perf_counter()
            since = now

        sweep.settle = slowly
        return super().start(sweep)
