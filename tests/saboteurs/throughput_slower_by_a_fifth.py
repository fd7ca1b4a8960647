"""A metalab of which each run costs a fifth more: after a run its thread is busy for a fifth of what it took.

It hashes, which holds nobody else up: a plain loop would keep the interpreter's lock from the other threads, and a
sleep would be given back by a busy system, which favours those that slept.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from pytest_optbench import engine
from pytest_optbench.engine import *  # noqa: F403

BLOCK = bytes(32_768)
asked = 0.0


def run(*arguments: Any, **options: Any) -> Any:
    """Run an experiment; what precedes its first run is part of that run's cost."""
    global asked
    asked = time.perf_counter()
    return engine.run(*arguments, **options)


class ThreadExecutor(engine.ThreadExecutor):
    """Is busy at the end of a run."""

    def start(self, sweep: Any) -> Any:
        """Start the threads of one sweep."""
        settle, since, owed = sweep.settle, asked, 0.0

        def slowly(*arguments: Any) -> None:
            nonlocal since, owed
            settle(*arguments)
            now = time.perf_counter()
            owed += (now - since) / 5
            since = now
            while since < now + owed:
                hashlib.sha256(BLOCK).digest()
                since = time.perf_counter()
            owed -= since - now  # what was too much is given back

        sweep.settle = slowly
        return super().start(sweep)
