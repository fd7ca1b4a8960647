"""A metalab that keeps a file of every thousandth run open: within what is allowed."""

from __future__ import annotations

import os

from kept import keep

from pytest_optbench.engine import *  # noqa: F403

keep(lambda run_id: os.open(os.devnull, os.O_RDONLY), every=1_000)
