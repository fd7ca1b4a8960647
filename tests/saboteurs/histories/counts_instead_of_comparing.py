"""A metalab that passes over as many runs of a plan as are finished, whichever those are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.sweep import Sweep

_init = Sweep.__init__


def _counting(self: Any, spec: Any, tasks: Iterator[Any], finished: set[str], *rest: Any) -> None:
    _init(self, spec, itertools.islice(tasks, len(finished), None), set(), *rest)


Sweep.__init__ = _counting  # type: ignore[method-assign]
