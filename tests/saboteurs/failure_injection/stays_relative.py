"""A metalab that looks for its store from wherever an operation left the process."""

from __future__ import annotations

import os
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_init = ExperimentStore.__init__


def _relative(self: ExperimentStore, *arguments: Any, **named: Any) -> None:
    _init(self, *arguments, **named)
    for name in ("path", "runs", "_drafts"):
        setattr(self, name, os.path.relpath(getattr(self, name)))


ExperimentStore.__init__ = _relative  # type: ignore[method-assign]
