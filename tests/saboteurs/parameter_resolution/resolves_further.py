"""A metalab that notes in the params how often they were resolved."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning import cases
from pytest_optbench.grids import Case

_resolved = cases._resolved


def _noted(resolve: Any, meta: dict[str, Any], case: Case) -> Case:
    found = _resolved(resolve, meta, case)
    return found._replace(params={**found.params, "names": len(case.params)})


cases._resolved = _noted
