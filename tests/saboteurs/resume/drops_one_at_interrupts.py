"""A metalab that loses one run that had ended when it is interrupted: as many as a worker may."""

from __future__ import annotations

from dropped_at_interrupts import drop

from pytest_optbench.engine import *  # noqa: F403

drop(1)
