"""A metalab that looks at a case only when its turn has come."""

from __future__ import annotations

import importlib

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.plan import Plan

importlib.import_module("pytest_optbench.engine.run").validate = Plan.of  # type: ignore[attr-defined]
