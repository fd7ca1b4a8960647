"""Records of metalab: what its files of JSON say of a run, as a record of this engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from pytest_optbench.engine.model.records import Artifact, Provenance, RunRecord, Status
from pytest_optbench.errors import CorruptRecordError


def decode(data: bytes, run_id: str) -> RunRecord:
    """Return the record in a file of metalab, of either generation; what the first has not is empty.

    Raises:
        CorruptRecordError: it is no such record, or that of another run.
    """
    try:
        said = json.loads(data)
        if said["run_id"] != run_id:
            raise ValueError(f"it is of run {said['run_id']}")
        return _record(said)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError) as error:
        raise CorruptRecordError(f"the record of run {run_id} is none of metalab's: {error}") from None


def place_of(uri: str, run_id: str) -> str:
    """Return where an artifact is, relative to the folder of the run's artifacts.

    Metalab keeps absolute paths, which are those of the machine and the folder that it ran in. Only what follows the
    run's own folder counts, so a store that was moved is read, and nothing outside of it ever is.

    Raises:
        ValueError: no file in that folder is meant.
    """
    _, _, below = uri.replace("\\", "/").rpartition(f"/artifacts/{run_id}/")
    parts = PurePosixPath(below or uri.rpartition("/")[2]).parts
    if not parts or ".." in parts or parts[0] == "/" or "\0" in below:
        raise ValueError(f"artifact at {uri!r} is not in the folder of its run")
    return "/".join(parts)


def _record(said: Mapping[str, Any]) -> RunRecord:
    run_id = str(said["run_id"])
    return RunRecord(
        run_id=run_id,
        experiment_id=str(said["experiment_id"]),
        status=Status(said["status"]),
        context_fingerprint=str(said.get("context_fingerprint") or ""),
        params_fingerprint=str(said.get("params_fingerprint") or ""),
        seed_fingerprint=str(said.get("seed_fingerprint") or ""),
        started_at=_time(said["started_at"]),
        finished_at=_time(said["finished_at"]),
        duration_ms=float(said.get("duration_ms") or 0.0),
        metrics=dict(said.get("metrics") or {}),
        provenance=_provenance(said.get("provenance") or {}),
        error=_error(said.get("error")),
        params_resolved=dict(said.get("params_resolved") or {}),
        tags=tuple(map(str, said.get("tags") or ())),
        warnings=tuple(map(str, said.get("warnings") or ())),
        notes=(str(said["notes"]),) if said.get("notes") else (),
        artifacts=tuple([artifact_of(one, run_id) for one in said.get("artifacts") or ()]),
    )


def artifact_of(said: Mapping[str, Any], run_id: str) -> Artifact:
    """Return what describes an artifact; its hash is the first digits of one, where metalab wrote no more.

    Raises:
        ValueError: it is not in the folder of its run.
        LookupError: it lacks a name, or a place.
    """
    about = {name: item for name, item in dict(said.get("metadata") or {}).items() if not name.startswith("_")}
    size = said.get("size_bytes")
    return Artifact(
        name=str(said["name"]),
        kind=str(said.get("kind") or "file"),
        file=place_of(str(said["uri"]), run_id),
        size=size if isinstance(size, int) else -1,
        sha256=str(said.get("content_hash") or ""),
        metadata=about,
    )


def _provenance(said: Mapping[str, Any]) -> Provenance:
    return Provenance(
        code_hash=str(said.get("code_hash") or ""),
        python=str(said.get("python_version") or ""),
        engine=str(said.get("metalab_version") or ""),
        hostname=str(said.get("host") or ""),
    )


def _error(said: Any) -> dict[str, str] | None:
    if said is None:
        return None
    if not isinstance(said, Mapping):
        return {"type": "Error", "message": str(said), "traceback": ""}
    return {name: str(said.get(name) or "") for name in ("type", "message", "traceback")}


def _time(said: str) -> datetime:
    """Return a time in UTC; metalab writes that of the machine, without its zone."""
    return datetime.fromisoformat(said).astimezone(UTC)
