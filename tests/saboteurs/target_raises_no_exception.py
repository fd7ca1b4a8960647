"""A metalab whose `run` raises what is no Exception."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403


class Stop(BaseException):
    """Nobody expects this."""


def run(*_arguments: Any, **_options: Any) -> Any:
    raise Stop("over and out")
