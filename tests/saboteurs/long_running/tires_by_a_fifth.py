"""A metalab that calls a fifth more functions for each run after the first hundred."""

from __future__ import annotations

from tired import tire

from pytest_optbench.engine import *  # noqa: F403

tire(200)
