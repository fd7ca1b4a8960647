"""Let a fault happen in this process, or in one that it starts, at one file-system event below a folder.

The control folder, outside of the watched one, has a file for each process with an event: `process-0`, `process-1`, ...
in the order in which they had their first, with a line for each event; and `hit`, the event of the fault.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .events import Event
from .fault import Fault
from .watch import watching

VARIABLE = "OPTBENCH_FAULT"
HOOK = Path(__file__).with_name("hook")
HIT = "hit"
_until_the_end = ExitStack()
_append, _open, _close = os.write, os.open, os.close  # not the wrapped ones


@contextmanager
def injected(fault: Fault, folder: str | Path, control: str | Path) -> Iterator[None]:
    """Let a fault happen at an event below `folder` while the block runs, also in processes that are started in it.

    `control` is a new folder for this fault alone. After the block everything is as it was.
    """
    Path(control).mkdir(parents=True)
    text = json.dumps({"fault": fault.data(), "folder": str(folder), "control": str(control)})
    path = os.environ.get("PYTHONPATH", "")
    package = str(Path(__file__).parents[3])
    changed = {VARIABLE: text, "PYTHONPATH": os.pathsep.join(filter(None, [str(HOOK), path, package]))}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        with watching(str(folder), Injection(fault, str(control))):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def inject_from_environment() -> None:
    """Let the fault of the environment happen in this process, for the rest of its life."""
    task = json.loads(os.environ[VARIABLE])
    _until_the_end.enter_context(watching(task["folder"], Injection(Fault.of(task["fault"]), task["control"])))


class Injection:
    """Counts the events of this process, records them, and lets the fault happen at its own."""

    def __init__(self, fault: Fault, control: str) -> None:
        self._fault = fault
        self._control = control
        self._lasts = f"{control}/lasts"
        self._failing = ""  # the path of a file of which only half of a write was written
        self._begin_process()
        os.register_at_fork(after_in_child=self._begin_process)

    def _begin_process(self) -> None:
        self._lock = threading.Lock()
        self._process: int | None = None
        self._count = 0

    def __call__(self, event: Event, size: int) -> int | None:
        """Count an event, and let the fault happen if it is its turn."""
        if event.kind not in self._fault.kinds:
            return None
        with self._lock:
            if self._process is None:
                self._process = self._number()
            number, process = self._count, self._process
            self._count += 1
            self._record(f"process-{process}", f"{event.kind}\t{event.path}\n")
        if event.kind == "write" and event.path == self._failing:
            self.written()  # the preloaded library does not come back after a write
            raise self._fault.error
        if not self._is_due(process, number):
            return None
        self._record(HIT, json.dumps([process, number, event.kind, event.path]) + "\n")
        if self._fault.lasting:
            self._record("lasts", "")
        return self._happen(event, size)

    def written(self) -> None:
        """Die in the middle of a write, if that is the fault."""
        if self._fault.act == "torn-write":
            _die()

    def skips(self, event: Event) -> bool:
        """Return whether locks are only reported as taken."""
        return self._fault.act == "lie about locks" and event.kind in self._fault.kinds

    def _is_due(self, process: int, number: int) -> bool:
        fault = self._fault
        if fault.lasting and os.path.exists(self._lasts):
            return True
        return process == fault.process and number == fault.at

    def _happen(self, event: Event, size: int) -> int | None:
        match self._fault.act:
            case "kill":
                _die()
            case "error":
                raise self._fault.error
            case "half-write" | "torn-write":
                return self._cut(event, size)
            case "delay":
                time.sleep(self._fault.seconds)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "signal":
                os.kill(os.getpid(), self._fault.signal)
        return None

    def _cut(self, event: Event, size: int) -> int | None:
        """Allow half of a write; at any other event, and for less than two bytes, fail or die at once."""
        if event.kind == "write" and size > 1:
            self._failing = event.path
            return size // 2
        if self._fault.act == "torn-write":
            _die()
        raise self._fault.error

    def _number(self) -> int:
        """Return the number of this process: the next one that no other process has taken."""
        number = 0
        while True:
            try:
                _close(_open(f"{self._control}/process-{number}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
            except FileExistsError:
                number += 1
            else:
                return number

    def _record(self, name: str, line: str) -> None:
        """Append a line; the file is not kept open, for a target may close what it does not know."""
        file = _open(f"{self._control}/{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            _append(file, line.encode("utf-8", "surrogateescape"))
        finally:
            _close(file)


def _die() -> None:
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


@dataclass(frozen=True)
class Hit:
    """The event at which a fault happened."""

    process: int
    number: int
    event: Event


def hit_of(control: Path) -> Hit | None:
    """Return the first event at which the fault happened; None if it did not."""
    path = control / HIT
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if path.exists() else []
    if not lines:
        return None
    process, number, kind, name = json.loads(lines[0])
    return Hit(process, number, Event(kind, name))


def traces_of(control: Path) -> list[list[Event]]:
    """Return the events of each process, by its number."""
    traces: list[list[Event]] = []
    while (path := control / f"process-{len(traces)}").exists():
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        traces.append([Event(*line.split("\t", 1)) for line in lines if "\t" in line])
    return traces
