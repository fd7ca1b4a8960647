"""Runs written straight into a store, as a worker would write them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.model.records import RunRecord, Status
from pytest_optbench.engine.store import ExperimentStore

RUN = "0123456789abcdef" * 2
OTHER = "f" * 32


def record(store: ExperimentStore, run_id: str, status: Status = Status.SUCCESS, **captured: Any) -> RunRecord:
    now = datetime.now(UTC)
    return RunRecord(run_id, store.experiment_id, status, "c", "p", "s", now, now, 1.0, **captured)


def put(store: ExperimentStore, run_id: str = RUN, status: Status = Status.SUCCESS, value: Any = 1) -> None:
    """Claim, write and publish a run with one artifact `a`, and give the claim back."""
    assert store.claim(run_id)
    draft = store.draft(run_id)
    capture = Capture(draft)
    capture.artifact("a", value, kind="json")
    store.publish(draft, record(store, run_id, status, **capture.close()))
    store.release(run_id)


def contents(root: Path) -> dict[str, tuple[Any, ...]]:
    """What is in a folder: of each name the content, the times and the kind."""
    found = {}
    for path in (root, *root.rglob("*")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path)] = (digest, path.stat().st_mtime_ns, path.stat().st_ctime_ns, path.stat().st_mode)
    return found
