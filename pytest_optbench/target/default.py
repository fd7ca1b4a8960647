"""The default choice of the metalab under test."""

from __future__ import annotations

import importlib.util
import os

ENVIRONMENT = "OPTBENCH_METALAB"
INSTALLED = "metalab"
EMBEDDED = "pytest_optbench.engine"


def default_name() -> str:
    """Return the default module to test: that of the environment, else metalab, else the embedded engine."""
    if chosen := os.environ.get(ENVIRONMENT):
        return chosen
    return INSTALLED if importlib.util.find_spec(INSTALLED) is not None else EMBEDDED
