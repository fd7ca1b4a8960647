"""A metalab that leaves a temporary folder of every run behind."""

from __future__ import annotations

import tempfile

from kept import keep

from pytest_optbench.engine import *  # noqa: F403

keep(lambda run_id: tempfile.mkdtemp())
