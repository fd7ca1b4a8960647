"""A metalab that calls some functions more for each run after the first hundred: within what is allowed."""

from __future__ import annotations

from tired import tire

from pytest_optbench.engine import *  # noqa: F403

tire(50)
