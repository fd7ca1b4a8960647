"""A record as a row, and back; the checksum of a row is checked whenever it is read."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zlib import crc32

from pytest_optbench.engine.encoding.strict_json import dumps, loads, plain
from pytest_optbench.engine.model.records import Artifact, RunRecord, StoredFile
from pytest_optbench.engine.store import record_file
from pytest_optbench.errors import CorruptRecordError, InvalidInputError

_ENCODER: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TIMES: Final = ("started_at", "finished_at")
_EMPTY: Final[Mapping[str, Any]] = {
    "series": {},
    "tags": [],
    "warnings": [],
    "notes": [],
    "error": None,
    "metadata": {},
}
_PLAIN: Final = ("series", "tags", "notes", "error", "metadata")
_BASES: Final[Mapping[str, Any]] = {name: list if empty == [] else dict for name, empty in _EMPTY.items()}
_ARTIFACT: Final = ("name", "kind", "file", "size", "sha256", "metadata")
_LISTS: Final = {"artifacts": _ARTIFACT, "data": _ARTIFACT, "files": ("file", "size", "sha256")}
LARGE: Final = "large"  # names the files that are not in the row
Row = Sequence[Any]  # run_id, status, started_at, finished_at, duration_ms, params, metrics, rest, checksum, origin


def encode(record: RunRecord, origin: str, large: Sequence[str] = ()) -> dict[str, Any]:
    """Return the columns of a record, without those that number experiment and origin.

    `origin` is what `origin_of` returned for it; `large` names the files that are kept elsewhere.
    """
    warnings = list(record.warnings)
    row: dict[str, Any] = {
        "run_id": bytes.fromhex(record.run_id),
        "status": record.status.value,
        "started_at": _microseconds(record.started_at),
        "finished_at": _microseconds(record.finished_at),
        "duration_ms": float(record.duration_ms),
        "params": _params(record, warnings),
        "metrics": dumps(dict(record.metrics), lenient=True),
    }
    row["rest"] = _ENCODER.encode(_rest(record, warnings, large))
    row["checksum"] = _checksum([*row.values()], origin)
    return row


def _params(record: RunRecord, warnings: list[str]) -> str:
    params = dict(record.params_resolved)
    try:
        return dumps(params, lenient=True)
    except InvalidInputError:  # nested more deeply than JSON is written
        columns = {"params_resolved": params, "warnings": warnings}
        record_file.drop_deep_params(columns)
        return dumps(columns["params_resolved"], lenient=True)


def _rest(record: RunRecord, warnings: list[str], large: Sequence[str]) -> dict[str, Any]:
    """Return what has no column of its own, in JSON's own types; what is empty is left out."""
    rest: dict[str, Any] = {
        "params_fingerprint": record.params_fingerprint,
        "seed_fingerprint": record.seed_fingerprint,
    }
    for name, listed in (("artifacts", record.artifacts), ("data", record.data), ("files", record.files)):
        if listed:
            rest[name] = [_members(one) for one in listed]
    others = (("warnings", warnings), *((name, getattr(record, name)) for name in _PLAIN))
    for name, value in others:
        if value:
            rest[name] = plain(_BASES[name](value), name, True)
    for name in _TIMES:
        if not _is_utc(getattr(record, name)):
            rest[name] = getattr(record, name).isoformat()
    if large:
        rest[LARGE] = list(large)
    return rest


def _members(listed: Artifact | StoredFile) -> list[Any]:
    """Return what describes a file, in a fixed order."""
    if isinstance(listed, StoredFile):
        return [listed.file, listed.size, listed.sha256]
    name = listed.name if listed.name.isascii() else plain(listed.name)
    members = [name, listed.kind, listed.file, listed.size, listed.sha256]
    return [*members, plain(dict(listed.metadata), "metadata", True)] if listed.metadata else members


def origin_of(record: RunRecord) -> str:
    """Return what a record shares with many others, as text."""
    return _origin(record.context_fingerprint, record.provenance)


def decode(row: Row, experiment_id: str) -> RunRecord:
    """Return the record of a row.

    Raises:
        CorruptRecordError: the row is not what was written.
    """
    *written, checksum, origin = row
    if _checksum(written, origin) != checksum:
        raise CorruptRecordError("torn or altered: its checksum does not match")
    run_id, status, started_at, finished_at, duration, params, metrics, rest = written
    try:
        said = loads(rest)
        said.pop(LARGE, None)
        for name, names in _LISTS.items():
            said[name] = [dict(zip(names, members, strict=False)) for members in said.get(name, ())]
        return record_file.record_of(
            {
                **{name: _copy(empty) for name, empty in _EMPTY.items()},
                **loads(origin),
                "experiment_id": experiment_id,
                "run_id": run_id.hex(),
                "status": status,
                "started_at": time_of(started_at).isoformat(),
                "finished_at": time_of(finished_at).isoformat(),
                "duration_ms": duration,
                "params_resolved": loads(params),
                "metrics": loads(metrics),
                **said,
            }
        )
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise CorruptRecordError(f"not a record: {error}") from None


def large_files(rest: str) -> frozenset[str]:
    """Return the names of the files that are not in the row."""
    return frozenset(loads(rest).get(LARGE, ())) if f'"{LARGE}":' in rest else frozenset()


def sound(row: Row) -> bool:
    """Return whether a row is what was written."""
    return bool(_checksum(row[:-2], row[-1]) == row[-2])


def time_of(microseconds: int) -> datetime:
    """Return a time in UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


@functools.lru_cache(record_file.PROVENANCES)
def _origin(context_fingerprint: str, provenance: Any) -> str:
    said = None if provenance is None else {name: getattr(provenance, name) for name in provenance.__slots__}
    return dumps({"context_fingerprint": context_fingerprint, "provenance": said})


def _checksum(written: Sequence[Any], origin: str) -> int:
    return crc32(repr((bytes(written[0]), *written[1:], origin)).encode())


def _microseconds(time: datetime) -> int:
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (aware - EPOCH) // _MICROSECOND


def _is_utc(time: datetime) -> bool:
    return time.tzinfo is UTC or time.utcoffset() == timedelta(0)


def _copy(empty: Any) -> Any:
    return empty.copy() if isinstance(empty, list | dict) else empty
