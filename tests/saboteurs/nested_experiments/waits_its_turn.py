"""A metalab whose executor takes a sweep only when the one before has ended: a sweep inside of a run waits for ever."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import ThreadExecutor

_start = ThreadExecutor.start
_last: WeakKeyDictionary[ThreadExecutor, Any] = WeakKeyDictionary()  # the worker pool of each executor's latest sweep
_turn = threading.Lock()


def _in_turn(self: ThreadExecutor, sweep: Any) -> Any:
    with _turn:
        before = _last.get(self)
    if before is not None:
        before.join()
    pool = _start(self, sweep)
    with _turn:
        _last[self] = pool
    return pool


ThreadExecutor.start = _in_turn  # type: ignore[method-assign]
