"""A metalab that starts a thread for each cancellation, which never ends."""

from __future__ import annotations

import threading

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.handle import RunHandle

_cancel = RunHandle.cancel


def _changed(self: RunHandle) -> None:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    _cancel(self)


RunHandle.cancel = _changed  # type: ignore[method-assign]
