"""A metalab that encodes every beginning of a list."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.identity.identity import ENCODERS, encode_items


def _beginnings(value: list[Any]) -> str:
    return "l" + [encode_items(value[:end]) for end in range(len(value) + 1)][-1]


ENCODERS[list] = _beginnings
