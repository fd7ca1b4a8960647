"""What the store keeps of a run: its record, its status and the files that belong to it."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import functools
import hashlib
import os
import platform
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Self

_IDS = ("run_id", "experiment_id", "context_fingerprint", "params_fingerprint", "seed_fingerprint")


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
    """One captured object: the name and kind it was captured under, and the file that holds it.

    `size_bytes`, `content_hash`, `format`, `artifact_id` and `uri` are the names that metalab has for what is here.
    """

    name: str
    kind: str
    file: str
    size: int
    sha256: str
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """The size of the file."""
        return self.size

    @property
    def content_hash(self) -> str:
        """The SHA-256 of the file, in hex."""
        return self.sha256

    @property
    def artifact_id(self) -> str:
        """What tells artifacts apart: equal content, kind and name is the same artifact."""
        return hashlib.sha256(f"{self.sha256} {self.kind} {self.name}".encode()).hexdigest()[:32]

    @property
    def format(self) -> str:
        """The format of the file, as its suffix says it; `binary` where it has none."""
        return self.file.rpartition(".")[2] if "." in self.file else "binary"

    @property
    def uri(self) -> str:
        """Where the file is: its name, or its path where a store listed the artifact."""
        return self.file


@dataclasses.dataclass(frozen=True, slots=True)
class LocatedArtifact(Artifact):
    """An artifact as a store lists it, with the folder that holds its file."""

    folder: str = ""

    @classmethod
    def of(cls, artifact: Artifact, folder: str) -> Self:
        """Return the artifact, found in this folder."""
        return cls(**{name: getattr(artifact, name) for name in Artifact.__slots__}, folder=folder)

    @property
    def uri(self) -> str:
        """The path of the file."""
        return f"{self.folder}/{self.file}"


@dataclasses.dataclass(frozen=True, slots=True)
class Provenance:
    """What produced a run: the operation and its code, the interpreter, the machine and the process."""

    operation: str = ""
    code_hash: str = ""
    python: str = ""
    engine: str = ""
    platform: str = ""
    hostname: str = ""
    process: int = 0

    @property
    def python_version(self) -> str:
        """The version of the interpreter."""
        return self.python

    @property
    def metalab_version(self) -> str:
        """The version of the engine, which stands in the place of metalab."""
        return self.engine

    @property
    def host(self) -> str:
        """The name of the machine."""
        return self.hostname

    @property
    def executor_id(self) -> str:
        """The process that executed the run, by its id."""
        return f"process:{self.process}"

    @property
    def extra(self) -> dict[str, Any]:
        """What else is known: operation and platform."""
        return {"operation": self.operation, "platform": self.platform}

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
    a step; `series` counts the points of each stepped metric. `data` are structured results, which have names of their
    own. `files` are the run's own files besides: its log and its stepped metrics. `error` is None or a mapping with
    `type`, `message` and `traceback`.

    An operation may return one that `success`, `failed` or `cancelled` made: it says how the run ended, and its
    metrics, tags and notes are added to what was captured.
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
    data: Sequence[Artifact] = ()

    @classmethod
    def success(cls, **members: Any) -> Self:
        """Return the record of a success with these members; those that are left out are empty, and times are now."""
        return cls._ended(Status.SUCCESS, members)

    @classmethod
    def failed(
        cls, *, error_type: str = "", error_message: str = "", error_traceback: str | None = None, **members: Any
    ) -> Self:
        """Return the record of a failure; see `success`."""
        error = {"type": error_type, "message": error_message, "traceback": error_traceback or ""}
        return cls._ended(Status.FAILED, {"error": error, **members})

    @classmethod
    def cancelled(cls, **members: Any) -> Self:
        """Return the record of a run that was cancelled; see `success`."""
        return cls._ended(Status.CANCELLED, members)

    @classmethod
    def running(cls, **members: Any) -> Self:
        """Return the record of a run that is under way; see `success`."""
        return cls._ended(Status.RUNNING, members)

    @classmethod
    def _ended(cls, status: Status, members: Mapping[str, Any]) -> Self:
        now = datetime.datetime.now(datetime.UTC)
        given = {name: item for name, item in members.items() if item is not None}
        if isinstance(given.get("notes"), str):
            given["notes"] = (given["notes"],)
        started = given.pop("started_at", now)
        finished = given.pop("finished_at", max(started, now) if started.tzinfo else started)
        duration = (finished - started).total_seconds() * 1000.0
        ids = dict.fromkeys(_IDS, "")
        times = {"started_at": started, "finished_at": finished, "duration_ms": duration}
        return cls(status=status, **{**ids, **times, **given})

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Self:
        """Return the record with these members, which are all that there are.

        A frozen dataclass sets its members one by one, which takes a fifth of the time in which a record is read.
        """
        record = object.__new__(cls)
        vars(record).update(members)
        return record
