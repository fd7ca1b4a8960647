"""A metalab that prepares itself at its first use, and fails whoever comes while it does."""

from __future__ import annotations

import time
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run

_prepared: list[bool] = []


def run(*arguments: Any, **keywords: Any) -> Any:
    """Run, once the first caller has prepared everything."""
    if not _prepared:
        _prepared.append(False)
        time.sleep(0.1)
        _prepared[0] = True
    elif not _prepared[0]:
        raise ValueError("unknown store scheme: file")
    return _run(*arguments, **keywords)
