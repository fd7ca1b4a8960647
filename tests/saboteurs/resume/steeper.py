"""A metalab whose resuming grows by an exponent of 1.25: just outside of the bound."""

from __future__ import annotations

from resume_costs import grow_by

from pytest_optbench.engine import *  # noqa: F403

grow_by(1.25)
