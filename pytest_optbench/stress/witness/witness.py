"""The witness: a log of what really executed, which operations write themselves, outside of the store and the runner.

Every execution appends a `start` and a `finish` line to the JSON-lines file named by the environment variable
`OPTBENCH_WITNESS`, so threads and child processes of any kind reach it. A line is one `os.write` on a
descriptor opened with O_APPEND, which Linux keeps whole on a local file system. Without the variable every
call is a cheap no-op.
"""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from pytest_optbench.errors import WitnessError
from pytest_optbench.target.watch import WITNESS

from .canonical import canonical, digest_of
from .follow import WitnessCounts, WitnessFollower
from .log import Execution, PlanLine, WitnessLog, read, read_log
from .series_digest import Point, series_digest

__all__ = [
    "SESSION_VARIABLE",
    "VARIABLE",
    "WITNESS_METRIC",
    "Execution",
    "PlanLine",
    "Produced",
    "WitnessCounts",
    "WitnessFollower",
    "WitnessLog",
    "executing",
    "finish",
    "params_digest",
    "plain",
    "read",
    "read_log",
    "record_plan",
    "run_key",
    "start",
    "witnessing",
]

VARIABLE = WITNESS
SESSION_VARIABLE = "OPTBENCH_WITNESS_SESSION"
WITNESS_METRIC = "witness"  # an operation stores its key under this name, which links record and execution
LONGEST_INT = 1000  # bits; Python refuses to write and read much longer integers in decimal


def run_key(params: Mapping[str, Any], root_seed: int, replicate: int) -> str:
    """Return the key of a run, 32 hexadecimal digits: equal in every process, different for different runs.

    Raises:
        InvalidInputError: a parameter has no exact text; the message names it.
    """
    return digest_of(canonical((dict(params), int(root_seed), int(replicate)), "params"))


def params_digest(params: Mapping[str, Any]) -> str:
    """Return the digest of parameters alone, comparable with that of stored parameters (see `plain`)."""
    return digest_of(canonical(plain(dict(params)), "params"))


def plain(value: Any) -> Any:
    """Return `value` as plain data that JSON holds without loss; anything else as its exact text.

    numpy scalars become Python's, tuples become lists, huge integers and other types `{"exact": text}`.
    """
    if value is None or type(value) in (bool, float, str):
        return value
    if isinstance(value, int) and type(value) is int:
        return value if value.bit_length() <= LONGEST_INT else {"exact": canonical(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {str(name): plain(item) for name, item in value.items()}
    if hasattr(value, "dtype") and getattr(value, "shape", None) == () and hasattr(value, "item"):
        item = value.item()
        return item if type(item) in (bool, int, float, str) else {"exact": canonical(value)}
    return {"exact": canonical(value)}


@dataclass(frozen=True)
class WitnessSink:
    """The file and the session of witness lines: an execution that outlives its sweep still reports to its session."""

    path: str
    session: str

    @classmethod
    def from_environment(cls) -> WitnessSink | None:
        """Return the sink that the environment names, or None."""
        path = os.environ.get(VARIABLE)
        return cls(path, os.environ.get(SESSION_VARIABLE, "")) if path else None


def record_plan(label: str, *, runs: int, stored: int = 0) -> None:
    """Write a plan line: `label` (an item) asks for `runs`, of which `stored` are successes already."""
    if (sink := WitnessSink.from_environment()) is not None:
        _append(sink, {"event": "plan", "label": label, **_origin(sink), "runs": runs, "stored": stored})


def start(key: str) -> WitnessSink | None:
    """Write the start line of an execution by this process and thread. Returns the sink for its finish line."""
    if (sink := WitnessSink.from_environment()) is not None:
        _append(sink, {"event": "start", "key": key, **_origin(sink)})
    return sink


def finish(
    key: str,
    sink: WitnessSink | None,
    *,
    metrics: Mapping[str, Any] | None = None,
    artifacts: Mapping[str, str] | None = None,
    series: Mapping[str, Iterable[Point]] | None = None,
    params: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> None:
    """Write the finish line of the execution of `key` to the sink of its start, with the results that it produced.

    Results that are None are not judged. `artifacts` maps names to digests (`target.digest`), `series` names to
    (step, value) pairs, `params` are the parameters as they were received. With `error` the operation raised.

    Raises:
        WitnessError: the line cannot be written.
    """
    if sink is None:
        return
    digests = series and {name: list(astuple(series_digest(points))) for name, points in series.items()}
    _append(
        sink,
        {
            "event": "finish",
            "outcome": "returned" if error is None else "raised",
            "key": key,
            **_origin(sink),
            "error": error,
            "metrics": metrics and {name: plain(value) for name, value in metrics.items()},
            "artifacts": artifacts and dict(artifacts),
            "series": digests,
            "params": None if params is None else params_digest(params),
        },
    )


@dataclass
class Produced:
    """The results of an execution so far; an operation adds to them while it works."""

    metrics: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    series: dict[str, list[Point]] = field(default_factory=dict)


@contextmanager
def executing(key: str, params: Mapping[str, Any] | None = None) -> Iterator[Produced]:
    """Witness one execution: write its start, then its finish with the results, also when the block raises."""
    sink = start(key)
    produced = Produced()
    try:
        yield produced
    except BaseException as error:
        finish(key, sink, **vars(produced), params=params, error=f"{type(error).__name__}: {_message_of(error)}")
        raise
    finish(key, sink, **vars(produced), params=params)


@contextmanager
def witnessing(path: str | Path, session: str | None = None) -> Iterator[Path]:
    """Send the witness lines of this process and of the children it starts to `path`, until the block ends.

    A session is one uninterrupted drive of a sweep, by any number of processes: within one, nothing may run twice.
    Without `session` a new one begins. The previous variables are restored, also after an error.
    """
    path = Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    before = {name: os.environ.get(name) for name in (VARIABLE, SESSION_VARIABLE)}
    os.environ[SESSION_VARIABLE] = session or uuid.uuid4().hex
    os.environ[VARIABLE] = str(path)
    try:
        yield path
    finally:
        _restore(before)
        _file.close()


def _restore(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _message_of(error: BaseException) -> str:
    try:
        return str(error)[:1000]
    except Exception:  # noqa: BLE001 - an exception without a text must not be lost
        return "(its message cannot be printed)"


def _origin(sink: WitnessSink) -> dict[str, Any]:
    return {
        "session": sink.session,
        "pid": os.getpid(),
        "thread": threading.get_native_id(),
        "time": time.time(),
    }


def _append(sink: WitnessSink, fields: Mapping[str, Any]) -> None:
    # The leading newline separates the line from one that a killed process left unfinished.
    _file.append(sink.path, b"\n" + json.dumps(fields, separators=(",", ":")).encode() + b"\n")


class _File:
    """The open witness file of this process; the lock prevents closing its descriptor during a write."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._path = ""
        self._descriptor: int | None = None

    def append(self, path: str, line: bytes) -> None:
        try:
            with self._lock:
                written = os.write(self._open(path), line)
        except OSError as error:
            raise WitnessError(f"cannot write to the witness file {path}: {error.strerror}") from error
        if written != len(line):
            raise WitnessError(f"the witness file {path} took {written} of {len(line)} bytes: disk full?")

    def close(self) -> None:
        with self._lock:
            self._forget()

    def after_fork(self) -> None:
        """Replace the lock: a thread of the parent may have held it, and does not exist in this process."""
        self._lock = threading.Lock()

    def _open(self, path: str) -> int:
        if self._descriptor is None or path != self._path:
            self._forget()
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self._path = path
        return self._descriptor

    def _forget(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


_file = _File()
os.register_at_fork(after_in_child=_file.after_fork)
