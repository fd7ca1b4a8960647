"""A metalab whose executor remembers every sweep that it was used for."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import ThreadExecutor as _ThreadExecutor


class ThreadExecutor(_ThreadExecutor):
    """One that keeps what it was given."""

    def __init__(self, max_workers: int = 1) -> None:
        super().__init__(max_workers=max_workers)
        self.used: list[Any] = []

    def start(self, *arguments: Any, **keywords: Any) -> Any:
        """Start a pool, and remember it."""
        pool = super().start(*arguments, **keywords)
        self.used.append(pool)
        return pool
