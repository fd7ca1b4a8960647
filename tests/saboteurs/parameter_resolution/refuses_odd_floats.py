"""A metalab that refuses every float but those of a few digits."""

from __future__ import annotations

import math
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def _is_odd(value: Any) -> bool:
    if isinstance(value, dict | list | tuple):
        return any(map(_is_odd, value.values() if isinstance(value, dict) else value))
    return type(value) is float and (len(repr(value)) > 6 or math.copysign(1, value) < 0 or "e" in repr(value))


def run(experiment: Any, **keywords: Any) -> Any:
    """Run plans without odd floats."""
    for case in experiment.params:
        for name, value in case.params.items():
            if _is_odd(value):
                raise ValueError(f"params[{name!r}] is {value!r}: no such floats")
    return _run(experiment, **keywords)
