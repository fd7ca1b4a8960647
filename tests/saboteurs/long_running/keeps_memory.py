"""A metalab that keeps some kilobytes of every run."""

from __future__ import annotations

from kept import keep

from pytest_optbench.engine import *  # noqa: F403

keep(lambda run_id: bytearray(4_000))
