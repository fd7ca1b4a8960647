"""A metalab that looks at a few of the results it has for each one that it gathers: within what is allowed."""

from __future__ import annotations

from gathered import look_at_every

from pytest_optbench.engine import *  # noqa: F403

look_at_every(64)
