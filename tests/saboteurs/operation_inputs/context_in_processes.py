"""A metalab whose worker processes know an empty context."""

from __future__ import annotations

import sys
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Runner

_init = Runner.__init__


def _changed(self: Runner, *arguments: Any, **keywords: Any) -> None:
    _init(self, *arguments, **keywords)
    given = self.context

    def changed() -> Any:
        context = given()
        return context if "pytest" in sys.modules else {}

    self.context = changed


Runner.__init__ = _changed  # type: ignore[method-assign]
