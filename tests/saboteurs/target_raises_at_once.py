"""A metalab whose `run` raises at once, whatever it is given."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403


def run(*_arguments: Any, **_options: Any) -> Any:
    raise RuntimeError("no runner today")
