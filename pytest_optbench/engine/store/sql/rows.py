"""A record as a row, and back; the checksum of a row is checked whenever it is read."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zlib import crc32

from pytest_optbench.engine.encoding.strict_json import dumps, loads
from pytest_optbench.engine.model.records import RunRecord
from pytest_optbench.engine.store import record_file
from pytest_optbench.errors import CorruptRecordError, InvalidInputError

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TIMES: Final = ("started_at", "finished_at")
_SHARED: Final = ("context_fingerprint", "provenance")
_EMPTY: Final[Mapping[str, Any]] = {
    "series": {},
    "artifacts": [],
    "files": [],
    "tags": [],
    "warnings": [],
    "notes": [],
    "error": None,
    "metadata": {},
}
LARGE: Final = "large"  # names the files that are not in the row
Row = Sequence[Any]  # run_id, status, started_at, finished_at, duration_ms, params, metrics, rest, checksum, origin


def encode(record: RunRecord, origin: str, large: Sequence[str] = ()) -> dict[str, Any]:
    """Return the columns of a record, without those that number experiment and origin.

    `origin` is what `origin_of` returned for it; `large` names the files that are kept elsewhere.
    """
    columns = record_file.columns_of(record)
    times = {name: _microseconds(getattr(record, name)) for name in _TIMES}
    exact = {name: columns[name] for name in _TIMES if _time(times[name]) != getattr(record, name)}
    exact |= {name: columns[name] for name in _TIMES if getattr(record, name).utcoffset() != timedelta(0)}
    try:
        params = dumps(columns["params_resolved"], lenient=True)
    except InvalidInputError:  # nested more deeply than JSON is written
        record_file.drop_deep_params(columns)
        params = dumps(columns["params_resolved"], lenient=True)
    row: dict[str, Any] = {
        "run_id": bytes.fromhex(record.run_id),
        "status": columns["status"],
        **times,
        "duration_ms": float(record.duration_ms),
        "params": params,
        "metrics": dumps(columns["metrics"], lenient=True),
    }
    rest = {name: columns[name] for name, empty in _EMPTY.items() if columns[name] != empty}
    rest |= {name: columns[name] for name in ("params_fingerprint", "seed_fingerprint")}
    rest |= exact
    if large:
        rest[LARGE] = list(large)
    if "data" in columns:
        rest["data"] = columns["data"]
    row["rest"] = dumps(rest, lenient=True)
    row["checksum"] = _checksum([*row.values()], origin)
    return row


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
        return record_file.record_of(
            {
                **{name: _copy(empty) for name, empty in _EMPTY.items()},
                **loads(origin),
                "experiment_id": experiment_id,
                "run_id": run_id.hex(),
                "status": status,
                "started_at": _time(started_at).isoformat(),
                "finished_at": _time(finished_at).isoformat(),
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
    return _time(microseconds)


def attempt_of(record: RunRecord) -> int:
    """Return what tells one attempt at a run from another: the time of its end."""
    return _microseconds(record.finished_at)


@functools.lru_cache(record_file.PROVENANCES)
def _origin(context_fingerprint: str, provenance: Any) -> str:
    said = None if provenance is None else {name: getattr(provenance, name) for name in provenance.__slots__}
    return dumps({"context_fingerprint": context_fingerprint, "provenance": said})


def _checksum(written: Sequence[Any], origin: str) -> int:
    return crc32(repr((bytes(written[0]), *written[1:], origin)).encode())


def _microseconds(time: datetime) -> int:
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (aware - EPOCH) // _MICROSECOND


def _time(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def _copy(empty: Any) -> Any:
    return empty.copy() if isinstance(empty, list | dict) else empty
