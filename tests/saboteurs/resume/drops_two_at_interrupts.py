"""A metalab that loses two runs that had ended when it is interrupted: one more than a worker may."""

from __future__ import annotations

from dropped_at_interrupts import drop

from pytest_optbench.engine import *  # noqa: F403

drop(2)
