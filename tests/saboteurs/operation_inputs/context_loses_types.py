"""A metalab that hands its context to operations after a walk through text."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Runner

_init = Runner.__init__


def _changed(self: Runner, *arguments: Any, **keywords: Any) -> None:
    _init(self, *arguments, **keywords)
    given = self.context

    def changed() -> Any:
        context = given()
        return {name: str(value) for name, value in context.items()} if isinstance(context, dict) else context

    self.context = changed


Runner.__init__ = _changed  # type: ignore[method-assign]
