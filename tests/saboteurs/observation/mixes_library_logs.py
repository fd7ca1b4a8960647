"""A metalab in which every run keeps what the library logs in any other run as well."""

from __future__ import annotations

import logging

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.run_log import _Dispatcher


def _to_all(self: _Dispatcher, record: logging.LogRecord) -> None:
    for subscription in self.subscriptions:
        self.pass_on(record, subscription.sink, record.name)


_Dispatcher.emit = _to_all  # type: ignore[method-assign]
