"""A metalab that does not say what it refuses."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run
from pytest_optbench.errors import InvalidInputError


def run(experiment: Any, **keywords: Any) -> Any:
    """Run, and refuse in a few words."""
    try:
        return _run(experiment, **keywords)
    except InvalidInputError:
        raise InvalidInputError("these parameters have no identity") from None
