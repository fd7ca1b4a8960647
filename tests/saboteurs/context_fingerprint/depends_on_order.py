"""A metalab whose fingerprints depend on the order in which a context was filled."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.identity.identity import ENCODERS, encode_text


def _in_order(value: dict[Any, Any]) -> str:
    return f"d{len(value)}[" + "".join(encode_text(name) + encode_text(item) for name, item in value.items())


ENCODERS[dict] = _in_order
