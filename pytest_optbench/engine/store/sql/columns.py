"""Runs by columns: JSON of thousands of rows is parsed at once, and no record is made of any."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from pytest_optbench.engine.encoding.strict_json import loads
from pytest_optbench.engine.model.events import LOGGER
from pytest_optbench.engine.store.protocol import RecordColumns

from .rows import sound, time_of

PIECE: Final = 5_000  # rows: some megabytes
Origin = Callable[[int], str]


def columns_of(rows: Iterator[Sequence[Any]], origin: Origin) -> Iterator[RecordColumns]:
    """Yield the runs of these rows, which have the columns of `reader.ROW`, piece by piece."""
    while found := list(itertools.islice(rows, PIECE)):
        yield _columns(found, origin)


def _columns(found: Sequence[Any], origin: Origin) -> RecordColumns:
    kept = []
    for row in found:
        if sound((*row[:-1], origin(row[-1]))):
            kept.append(row)
        else:
            LOGGER.warning("run %s is left out: its checksum does not match", bytes(row[0]).hex())
    run_ids, statuses, began, ended, durations, params, metrics, rest, *_ = (
        zip(*kept, strict=True) if kept else [()] * 8
    )
    others = _parsed(rest)
    return RecordColumns(
        record={
            "run_id": [run_id.hex() for run_id in run_ids],
            "status": list(statuses),
            "started_at": _times("started_at", began, others),
            "finished_at": _times("finished_at", ended, others),
            "duration_ms": list(durations),
        },
        params=_parsed(params),
        metrics=_parsed(metrics),
        metadata=[said.get("metadata", {}) for said in others],
        errors=[said.get("error") for said in others],
    )


def _times(name: str, column: Sequence[int], others: Sequence[dict[str, Any]]) -> list[datetime]:
    """Return times in UTC, or in the zone that a run had instead."""
    times = [time_of(microseconds) for microseconds in column]
    for number, said in enumerate(others):
        if name in said:
            times[number] = datetime.fromisoformat(said[name])
    return times


def _parsed(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return the objects of many JSON texts; one call of the parser costs little more for all than for one."""
    parsed: list[dict[str, Any]] = loads(f"[{','.join(texts)}]")
    return parsed
