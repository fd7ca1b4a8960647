"""A metalab that stumbles over arrays of numpy in a context, with an error of its inner workings."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run, unless the context holds an array."""
    if isinstance(getattr(experiment.context, "value", None), np.ndarray):
        "g" - experiment.context.value.tobytes()  # type: ignore[operator]
    return _run(experiment, **keywords)
