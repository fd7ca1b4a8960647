"""A metalab that waits for the run under way when it is interrupted, however long that takes."""

from __future__ import annotations

import threading

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import RunHandle


def _waiting(self: RunHandle) -> None:
    self.cancel()
    threading.Event().wait()


RunHandle._stop = _waiting  # type: ignore[method-assign]
