"""Read the witness: executions paired from their lines, plans, torn lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pytest_optbench.errors import WitnessError

from .series_digest import SeriesDigest

PATTERN = "*.jsonl"  # the witness files of a folder
ExecutionEnd = Literal["returned", "raised", "interrupted"]


@dataclass(frozen=True)
class Execution:
    """One execution of an operation; fields that were not reported to the witness are None and are not judged.

    `outcome` is `interrupted` while there is no finish line: killed midway, or still running. Times are
    seconds since the epoch; `finished` is None for an interrupted execution. `artifacts` maps names to
    the digests of the artifacts that were produced.
    """

    key: str
    session: str
    pid: int
    thread: int
    started: float
    finished: float | None = None
    outcome: ExecutionEnd = "interrupted"
    error: str | None = None
    params: str | None = None
    metrics: Mapping[str, Any] | None = None
    artifacts: Mapping[str, str] | None = None
    series: Mapping[str, SeriesDigest] | None = None


@dataclass(frozen=True)
class PlanLine:
    """The plan of a session: it asks for `runs`, of which `stored` were successes before it."""

    label: str
    session: str
    runs: int
    stored: int


@dataclass(frozen=True)
class WitnessLog:
    """The content of a witness file or folder; `torn` counts the lines that cannot be read."""

    executions: tuple[Execution, ...] = ()
    plans: tuple[PlanLine, ...] = ()
    torn: int = 0


def witness_files(path: str | Path) -> list[Path]:
    """Return the witness files of a path: the file itself, or every `*.jsonl` below the folder."""
    path = Path(path)
    return sorted(path.rglob(PATTERN)) if path.is_dir() else [path]


def read_log(path: str | Path) -> WitnessLog:
    """Read a witness file, or all files of a folder; a file that was never written is an empty log.

    Torn lines (from a process killed while it wrote) are counted, wherever they are, and never hide another line.

    Raises:
        WitnessError: a file cannot be read.
    """
    pairing = _Pairing()
    for file in witness_files(path):
        for line in _lines(file):
            pairing.add(line)
    return pairing.log()


def read(path: str | Path) -> tuple[Execution, ...]:
    """Return the executions in a witness file or folder, in the order of their first line."""
    return read_log(path).executions


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            yield from (line for line in stream if line.strip())
    except FileNotFoundError:
        return
    except OSError as error:
        raise WitnessError(f"cannot read the witness file {file}: {error.strerror}") from error


class _Pairing:
    """Pairs start and finish lines by key, session, process and thread."""

    def __init__(self) -> None:
        self._executions: list[Execution] = []
        self._running: dict[tuple[Any, ...], list[int]] = {}
        self._plans: list[PlanLine] = []
        self._torn = 0

    def add(self, line: bytes) -> None:
        try:
            fields = json.loads(line)
            kind = fields.pop("event")
            {"plan": self._plan, "start": self._start, "finish": self._finish}[kind](fields)
        except (ValueError, KeyError, TypeError, AttributeError):
            self._torn += 1

    def log(self) -> WitnessLog:
        return WitnessLog(tuple(self._executions), tuple(self._plans), self._torn)

    def _plan(self, fields: dict[str, Any]) -> None:
        self._plans.append(PlanLine(fields["label"], fields["session"], fields["runs"], fields["stored"]))

    def _start(self, fields: dict[str, Any]) -> None:
        execution = Execution(**_identity(fields), started=fields["time"])
        self._running.setdefault(_thread_key(execution), []).append(len(self._executions))
        self._executions.append(execution)

    def _finish(self, fields: dict[str, Any]) -> None:
        results = _results(fields)
        finished = Execution(**_identity(fields), started=fields["time"], **results)
        running = self._running.get(_thread_key(finished))
        if running:
            index = running.pop()
            self._executions[index] = replace(self._executions[index], **results)
        else:  # its start line was torn, but the execution happened
            self._executions.append(finished)


def _identity(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in ("key", "session", "pid", "thread")}


def _thread_key(execution: Execution) -> tuple[Any, ...]:
    return execution.key, execution.session, execution.pid, execution.thread


def _results(fields: Mapping[str, Any]) -> dict[str, Any]:
    series = fields["series"]
    return {
        "finished": fields["time"],
        "outcome": fields["outcome"],
        "error": fields["error"],
        "params": fields["params"],
        "metrics": fields["metrics"],
        "artifacts": fields["artifacts"],
        "series": series and {name: SeriesDigest(*digest) for name, digest in series.items()},
    }
