"""A metalab that loses errors logged by the logger of a runtime."""

from __future__ import annotations

import logging

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runtime import Runtime

_logger = Runtime.logger.fget


def _is_no_error(record: logging.LogRecord) -> bool:
    return record.levelname != "ERROR"


def _changed(self: Runtime) -> logging.Logger:
    assert _logger is not None, "it is a property that can be read"
    logger: logging.Logger = _logger(self)
    logger.addFilter(_is_no_error)
    return logger


Runtime.logger = property(_changed)  # type: ignore[assignment]
