"""A metalab whose times lack their zone."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store import record_file

_record = record_file.record_of


def _changed(columns: dict[str, Any]) -> Any:
    record = _record(columns)
    for name in ("started_at", "finished_at"):
        vars(record)[name] = vars(record)[name].replace(tzinfo=None)
    return record


record_file.record_of = _changed
