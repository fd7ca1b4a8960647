"""A metalab that warns of something where all is well."""

from __future__ import annotations

import logging

from published import after_publishing

from pytest_optbench.engine import *  # noqa: F403

after_publishing(lambda run: logging.getLogger("pytest_optbench.engine").warning("run %s took a while", run.name))
