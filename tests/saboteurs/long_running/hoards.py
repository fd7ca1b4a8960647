"""A metalab that keeps a file open, a logger, a temporary folder and the record of every run."""

from __future__ import annotations

import logging
import os
import tempfile
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish
_kept: list[Any] = []


def _hoarding(self: ExperimentStore, draft: Any, record: Any) -> None:
    _publish(self, draft, record)
    _kept.append([record, bytearray(2000), os.open(os.devnull, os.O_RDONLY), tempfile.mkdtemp()])
    logging.getLogger(f"run.{record.run_id}")


ExperimentStore.publish = _hoarding  # type: ignore[method-assign]
