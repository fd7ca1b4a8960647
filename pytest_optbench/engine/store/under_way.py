"""Runs that are under way: those whose draft is there and whose claim somebody alive holds; nothing is written for it.

A run leaves no mark of its own before it ends, so one that was killed is never shown as running.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

from pytest_optbench.engine.model.records import RunRecord

from . import folder, layout
from .claims import is_claimed


class Drafting(Protocol):
    """What is asked of a store."""

    path: str
    experiment_id: str


def running_ids(store: Drafting) -> Iterator[str]:
    """Yield the ids of the runs that are under way, sorted."""
    for name in sorted(folder.names(f"{store.path}/{layout.DRAFTS}")):
        if layout.is_run_id(name) and is_claimed(f"{store.path}/{layout.CLAIMS}", name):
            yield name


def running_record(store: Drafting, run_id: str) -> RunRecord | None:
    """Return what is known of a run that is under way: that it is, and when it began at the latest; else None."""
    draft = f"{store.path}/{layout.DRAFTS}/{run_id}"
    try:
        with folder.opened_folder(draft) as place:
            times = [os.fstat(place).st_mtime]
            for name in os.listdir(place):
                with contextlib.suppress(FileNotFoundError):  # replaced since it was listed
                    times.append(os.stat(name, dir_fd=place, follow_symlinks=False).st_mtime)
    except OSError:
        return None
    if not is_claimed(f"{store.path}/{layout.CLAIMS}", run_id):
        return None
    began = datetime.fromtimestamp(min(times), UTC)
    return RunRecord.running(run_id=run_id, experiment_id=store.experiment_id, started_at=began, finished_at=began)


def log_so_far(store: Drafting, run_id: str) -> str | None:
    """Return the log of a run under way, as far as it is written; None where there is none."""
    try:
        written = folder.read_below(f"{store.path}/{layout.DRAFTS}/{run_id}", layout.LOG)
    except OSError:
        return None
    return written.decode("utf-8", "replace")
