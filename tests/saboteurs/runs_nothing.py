"""A metalab that takes every plan for an empty one."""

from __future__ import annotations

import sys

from pytest_optbench.engine import *  # noqa: F403

_run = sys.modules["pytest_optbench.engine.run"]
_run.plan = lambda *_: iter(())  # type: ignore[attr-defined]
_run.planned_size = lambda _: 0  # type: ignore[attr-defined]
