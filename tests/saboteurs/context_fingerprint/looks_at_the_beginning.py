"""A metalab that looks at the first twenty members of a list."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.identity.identity import ENCODERS, encode_items


def _beginning(value: list[Any]) -> str:
    return "l" + encode_items(value[:20])


ENCODERS[list] = _beginning
