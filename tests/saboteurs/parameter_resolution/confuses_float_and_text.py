"""A metalab whose ids take a number for its text."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.identity.identity import ENCODERS, encode_str

ENCODERS[float] = lambda value: encode_str(repr(value))
