"""Which metalab is tested when nobody names one."""

from __future__ import annotations

import importlib.util
import os

ENVIRONMENT = "OPTBENCH_METALAB"
INSTALLED = "metalab"
EMBEDDED = "pytest_optbench.engine"


def default_name() -> str:
    """The module to test when nobody names one: the environment's choice, metalab, the embedded engine."""
    if chosen := os.environ.get(ENVIRONMENT):
        return chosen
    return INSTALLED if importlib.util.find_spec(INSTALLED) is not None else EMBEDDED
