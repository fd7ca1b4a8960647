"""A metalab that locks a store by a file, which nobody removes when it is killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run
from pytest_optbench.errors import StoreError


def run(experiment: Any, *, store: Any, **keywords: Any) -> Any:
    """Run a sweep, unless another one seems to be running."""
    lock = Path(f"{store}.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock.touch(exist_ok=False)
    except FileExistsError:
        raise StoreError(f"{lock} says that a sweep is running: remove it if none is") from None
    handle = _run(experiment, store=store, **keywords)
    handle.result()
    lock.unlink()
    return handle
