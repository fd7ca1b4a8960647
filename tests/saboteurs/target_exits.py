"""A metalab whose `run` ends its process without a word, as if all were well."""

from __future__ import annotations

import os
from typing import Any

from pytest_optbench.engine import *  # noqa: F403


def run(*_arguments: Any, **_options: Any) -> Any:
    os._exit(0)
