"""A metalab in which a thread of some runs never ends."""

from __future__ import annotations

import threading

from kept import keep

from pytest_optbench.engine import *  # noqa: F403


def _thread(run_id: str) -> object:
    if not run_id.startswith(("a", "b")):
        return None
    thread = threading.Thread(target=threading.Event().wait, daemon=True)
    thread.start()
    return thread


keep(_thread)
