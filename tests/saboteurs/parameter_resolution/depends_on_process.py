"""A metalab whose ids depend on PYTHONHASHSEED."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.identity.identity import ENCODERS, encode_str

ENCODERS[str] = lambda value: encode_str(f"{hash(value)} {value}")
