"""A metalab whose success still has the error of an earlier attempt."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore
from pytest_optbench.errors import StoreError

_publish = ExperimentStore.publish


def _with_error(self: ExperimentStore, draft: Any, record: Any) -> None:
    with contextlib.suppress(StoreError):  # there is no earlier attempt
        before = self.get_run_record(record.run_id)
        record = replace(record, error=record.error or before.error)
    _publish(self, draft, record)


ExperimentStore.publish = _with_error  # type: ignore[method-assign]
