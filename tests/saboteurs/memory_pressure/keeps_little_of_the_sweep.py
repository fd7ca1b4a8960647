"""A metalab that holds 5 kB of every artifact until the sweep ends: within what is allowed."""

from __future__ import annotations

from held_until_the_end import holding

from pytest_optbench.engine import *  # noqa: F403

run = holding(lambda _: bytearray(5_000))
