"""A metalab that waits for ever once it was interrupted."""

from __future__ import annotations

import threading

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import RunHandle


def _waiting(self: RunHandle) -> None:
    self.cancel()
    threading.Event().wait()


RunHandle._stop = _waiting  # type: ignore[method-assign]
