"""A metalab that leaves a lock file for every 75 runs: a few more than are allowed."""

from __future__ import annotations

from lock_files import leave_one_for_each

from pytest_optbench.engine import *  # noqa: F403

leave_one_for_each(75)
