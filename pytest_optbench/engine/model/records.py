"""What the store keeps of a run: its record, its status and the files that belong to it."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import functools
import os
import platform
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Self


class Status(enum.StrEnum):
    """How a run stands or ended."""

    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RUNNING = "running"


@dataclasses.dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a run: its name inside the run's folder, its size in bytes and the SHA-256 of its bytes, in hex."""

    file: str
    size: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True)
class Artifact:
    """One captured object: the name and kind it was captured under, and the file that holds it."""

    name: str
    kind: str
    file: str
    size: int
    sha256: str
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Provenance:
    """What produced a run: the operation and its code, the interpreter, the machine and the process."""

    operation: str
    code_hash: str
    python: str = ""
    engine: str = ""
    platform: str = ""
    hostname: str = ""
    process: int = 0

    @classmethod
    def here(cls, operation: str, code_hash: str) -> Provenance:
        """Return the provenance of a run of `operation` in this process."""
        return cls(operation, code_hash, *_machine(), process=os.getpid())


@functools.cache
def _machine() -> tuple[str, str, str, str]:
    from pytest_optbench import __version__

    return platform.python_version(), __version__, platform.platform(), socket.gethostname()


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """Everything that the store says about one run.

    Times carry their time zone (UTC); `duration_ms` is wall time in milliseconds. `metrics` holds the metrics without
    a step; `series` counts the points of each stepped metric. `files` are the run's own files besides its artifacts:
    its log and its stepped metrics. `error` is None or a mapping with `type`, `message` and `traceback`.
    """

    run_id: str
    experiment_id: str
    status: Status
    context_fingerprint: str
    params_fingerprint: str
    seed_fingerprint: str
    started_at: datetime.datetime
    finished_at: datetime.datetime
    duration_ms: float
    metrics: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    provenance: Provenance | None = None
    error: Mapping[str, Any] | None = None
    params_resolved: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    tags: Sequence[str] = ()
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
    artifacts: Sequence[Artifact] = ()
    series: Mapping[str, int] = dataclasses.field(default_factory=dict)
    files: Sequence[StoredFile] = ()
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Self:
        """Return the record with these members, which are all that there are.

        A frozen dataclass sets its members one by one, which takes a fifth of the time in which a record is read.
        """
        record = object.__new__(cls)
        vars(record).update(members)
        return record
