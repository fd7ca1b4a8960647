"""One worker process as its parent sees it: its start, its reports, its death."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from datetime import datetime
from typing import Any, Final

from .channel import Reports

# The path first: the package must be found just where the parent found it, before anything of it is imported.
# Nothing that an import makes is garbage, and collecting it would take a tenth of the start; `main` begins to collect.
_START: Final = (
    "import sys, json, gc; gc.disable(); sys.path[:] = json.loads(sys.argv[1]); "
    "from pytest_optbench.engine.executors.worker_main import main; main(*map(int, sys.argv[2:]))"
)

_LIFELINES: Final[set[int]] = set()  # as long as such a descriptor is open somewhere, a worker lives


class WorkerProcess:
    """A process that takes runs from a queue. `current` is the run it is on and since when, by its own report.

    A `careful` one reports each run before it unpacks it; the others save themselves that and report its beginning.
    """

    def __init__(self, queue: int, cancel: int, charter: int, *, careful: bool = False) -> None:
        self.careful = careful
        self.ready = False
        self.current: tuple[int, datetime] | None = None
        reports, theirs = os.pipe()
        lifeline, self._lifeline = os.pipe()
        _LIFELINES.add(self._lifeline)
        inherited = (queue, theirs, lifeline, cancel, charter)
        try:
            command = _command(*inherited, int(careful))
            self._process = subprocess.Popen(command, pass_fds=inherited, stdin=subprocess.DEVNULL)  # noqa: S603
        except BaseException:
            os.close(reports)
            self._cut_lifeline()
            raise
        finally:
            os.close(theirs)
            os.close(lifeline)
        self._reports = Reports(reports)
        self.death = _death_of(self._process.pid)

    @property
    def reports(self) -> int:
        """The descriptor that has something to read when a report has come."""
        return self._reports.descriptor

    def read(self) -> list[tuple[Any, ...]]:
        """Return the reports that have come, without waiting."""
        return self._reports.read()

    @property
    def is_dead(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """Kill the process, wherever it is."""
        self._process.kill()

    def bury(self) -> int:
        """Return the exit code of a process that has ended, or is about to, and let go of everything that was its."""
        code = self._process.wait()
        self._cut_lifeline()
        os.close(self._reports.descriptor)
        if self.death is not None:
            os.close(self.death)
        return code

    def _cut_lifeline(self) -> None:
        _LIFELINES.discard(self._lifeline)
        os.close(self._lifeline)


def _cut_lifelines() -> None:
    """Let the workers of a process that forked depend on it alone, and not on its child as well."""
    for lifeline in _LIFELINES:
        with contextlib.suppress(OSError):  # the child is not ours: somebody may have closed it
            os.close(lifeline)
    _LIFELINES.clear()


os.register_at_fork(after_in_child=_cut_lifelines)


def _command(*arguments: int) -> list[str]:
    path = json.dumps([entry for entry in sys.path if isinstance(entry, str)])
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocessing does
    return [sys.executable, *flags, "-c", _START, path, *map(str, arguments)]


def _death_of(process: int) -> int | None:
    """Return a descriptor that can be read once the process has ended; None where the system has none.

    The end of its reports is no such sign: whatever the operation started may hold that pipe open for longer.
    """
    try:
        return os.pidfd_open(process)
    except (AttributeError, OSError):
        return None
