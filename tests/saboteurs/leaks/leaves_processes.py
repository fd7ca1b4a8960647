"""A metalab that leaves a process for each worker that died."""

from __future__ import annotations

import subprocess
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.executors.dispatcher import Dispatcher

_remove_dead = Dispatcher._remove_dead
_left: list[Any] = []


def _changed(self: Dispatcher, *arguments: Any, **keywords: Any) -> Any:
    _left.append(subprocess.Popen(["sleep", "600"]))
    return _remove_dead(self, *arguments, **keywords)


Dispatcher._remove_dead = _changed  # type: ignore[method-assign]
