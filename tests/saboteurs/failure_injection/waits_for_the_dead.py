"""A metalab that waits for ever for a worker process that has died."""

from __future__ import annotations

import threading
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.executors.dispatcher import Dispatcher


def _waiting(self: Dispatcher, number: int, since: Any, code: int) -> None:
    threading.Event().wait()


Dispatcher._record_death = _waiting  # type: ignore[method-assign]
