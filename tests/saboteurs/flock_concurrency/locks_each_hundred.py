"""A metalab that leaves a lock file for every hundred runs: as many as are allowed."""

from __future__ import annotations

from lock_files import leave_one_for_each

from pytest_optbench.engine import *  # noqa: F403

leave_one_for_each(100)
