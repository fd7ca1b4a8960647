"""A metalab with a logger for every run."""

from __future__ import annotations

import logging

from kept import keep

from pytest_optbench.engine import *  # noqa: F403

keep(lambda run_id: logging.getLogger(f"run.{run_id}"))
