"""The bytes of a record file: one line of strict JSON, its status first and its checksum last.

Order is the point: whether a run is a sound success is read off the two ends of the line, without parsing it.

    {"status":"success","run_id":"...","experiment_id":"...", ... ,"checksum":"9ae0daaf"}
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

from pytest_optbench.engine.encoding.strict_json import dumps, loads
from pytest_optbench.engine.model.records import Artifact, Provenance, RunRecord, Status, StoredFile
from pytest_optbench.errors import CorruptRecordError, InvalidInputError

from .record_scan import SEAL, is_whole

FORMAT: Final = 1
_OPTIONAL: Final = frozenset({"data"})  # written where there is something in them
_COLUMNS: Final = frozenset(field.name for field in dataclasses.fields(RunRecord)) - _OPTIONAL
PROVENANCES: Final = 256  # kept, since the records of a sweep have few: one a process
_TOO_DEEP: Final = "nested too deeply for JSON"
_STATUSES: Final = {status.value: status for status in Status}  # to ask the enum takes ten times as long
_MAPPINGS: Final = ("metrics", "params_resolved", "series", "metadata")


def encode(record: RunRecord) -> bytes:
    """Return the bytes of the file that keeps `record`; never fails on what a run produced."""
    columns = columns_of(record)
    try:
        text = dumps(columns, lenient=True)
    except InvalidInputError:  # nested more deeply than JSON is written: the run counts for more than their values
        drop_deep_params(columns)
        text = dumps(columns, lenient=True)
    body = text[:-1].encode("ascii")
    return body + SEAL % crc32(body)


def decode(data: bytes) -> RunRecord:
    """Return the record that `encode` wrote.

    Raises:
        CorruptRecordError: the data is no such record.
    """
    if not is_whole(data):
        raise CorruptRecordError("torn or altered: its checksum does not match")
    try:
        columns = loads(data)
        del columns["checksum"]
        if columns.pop("format") != FORMAT:
            raise ValueError("written in another format")
        if columns.keys() - _OPTIONAL != _COLUMNS:
            raise ValueError(f"its columns are not those of a record: {', '.join(sorted(columns.keys() ^ _COLUMNS))}")
        for name in _MAPPINGS:
            if type(columns[name]) is not dict:
                raise ValueError(f"its {name} are no mapping")
        return record_of(columns)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise CorruptRecordError(f"not a record: {error}") from None


def around_run_id(experiment_id: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the run id where the record of a success of this experiment begins."""
    columns = {"status": Status.SUCCESS.value, "run_id": "\0", "experiment_id": experiment_id}
    before, after = dumps(columns)[:-1].encode("ascii").split(b"\\u0000", 1)
    return before, after + b","


def drop_deep_params(columns: dict[str, Any]) -> None:
    """Replace the values of parameters that JSON cannot nest deeply enough for, with a warning in the record."""
    columns["params_resolved"] = dict.fromkeys(columns["params_resolved"], _TOO_DEEP)
    columns["warnings"].append(f"parameters are not kept: {_TOO_DEEP}")


def columns_of(record: RunRecord) -> dict[str, Any]:
    """Return the members of a record as plain data, in the order in which they are written."""
    provenance = record.provenance
    columns: dict[str, Any] = {
        "status": record.status.value,
        "run_id": record.run_id,
        "experiment_id": record.experiment_id,
        "format": FORMAT,
        "context_fingerprint": record.context_fingerprint,
        "params_fingerprint": record.params_fingerprint,
        "seed_fingerprint": record.seed_fingerprint,
        "started_at": record.started_at.isoformat(),
        "finished_at": record.finished_at.isoformat(),
        "duration_ms": record.duration_ms,
        "metrics": dict(record.metrics),
        "params_resolved": dict(record.params_resolved),
        "series": dict(record.series),
        "artifacts": [_members(artifact) for artifact in record.artifacts],
        "files": [_members(file) for file in record.files],
        "tags": list(record.tags),
        "warnings": list(record.warnings),
        "notes": list(record.notes),
        "error": record.error,
        "provenance": None if provenance is None else _members(provenance),
        "metadata": dict(record.metadata),
    }
    if record.data:
        columns["data"] = [_members(artifact) for artifact in record.data]
    return columns


def _members(item: Artifact | StoredFile | Provenance) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


def record_of(columns: dict[str, Any]) -> RunRecord:
    """Return the record that these columns make, in their place; without loops, for this is much of reading a store."""
    columns["status"] = _STATUSES.get(columns["status"]) or Status(columns["status"])
    columns["started_at"] = datetime.datetime.fromisoformat(columns["started_at"])
    columns["finished_at"] = datetime.datetime.fromisoformat(columns["finished_at"])
    columns["duration_ms"] = float(columns["duration_ms"])
    columns["tags"] = tuple(columns["tags"])
    columns["warnings"] = tuple(columns["warnings"])
    columns["notes"] = tuple(columns["notes"])
    columns["artifacts"] = tuple([Artifact(**_checked(members)) for members in columns["artifacts"]])
    columns["data"] = tuple([Artifact(**_checked(members)) for members in columns.get("data", ())])
    columns["files"] = tuple([StoredFile(**_checked(members)) for members in columns["files"]])
    if columns["error"] is not None:
        _refuse_odd_error(columns["error"])
    if columns["provenance"] is not None:
        columns["provenance"] = _provenance(tuple(columns["provenance"].items()))
    return RunRecord.of(columns)


@functools.lru_cache(PROVENANCES)
def _provenance(members: tuple[tuple[str, Any], ...]) -> Provenance:
    """Return the provenance with these members; the many runs of one process share theirs."""
    return Provenance(**dict(members))


def _refuse_odd_error(error: Any) -> None:
    if type(error) is not dict or not all(type(said) is str for said in error.values()):
        raise ValueError("its error is no mapping of texts")


def _checked(members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse a file whose name could point out of its run's folder."""
    file, size = members["file"], members["size"]
    if not isinstance(file, str) or file in {"", ".", ".."} or "/" in file or "\0" in file:
        raise ValueError(f"file name {file!r} leaves the run's folder")
    if not isinstance(size, int) or not isinstance(members["sha256"], str):
        raise ValueError(f"size or hash of {file!r} is missing")
    return members
