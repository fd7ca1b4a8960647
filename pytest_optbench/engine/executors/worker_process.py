"""One worker process as its parent sees it: its start, its reports, its exit."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from .channel import Reports

# The path first: the package must be found where the parent found it, before any part of it is imported. Imports make
# no garbage, and collecting it would take a tenth of the start; `main` enables the collector.
_START: Final = (
    "import sys, json, gc; gc.disable(); sys.path[:] = json.loads(sys.argv[1]); "
    "from pytest_optbench.engine.executors.worker_main import main; main(*map(int, sys.argv[2:]))"
)

_PARENT_PIPES: Final[set[int]] = set()  # a worker lives as long as its descriptor is open in some process


@dataclass(frozen=True)
class Surroundings:
    """What a worker process finds at its start; None is what its parent has."""

    path: tuple[str, ...] | None = None  # where modules are searched
    environment: Mapping[str, str] | None = None
    folder: str | None = None  # the working directory


class WorkerProcess:
    """A process that takes runs from a queue. `current` is the run it reported last, and the time of its start.

    With `ack_first` a worker acknowledges each run before unpickling it; otherwise its first report is the start.
    """

    def __init__(
        self,
        queue: int,
        cancel: int,
        sweep_payload: int,
        *,
        ack_first: bool = False,
        surroundings: Surroundings = Surroundings(),
    ) -> None:
        self.ack_first = ack_first
        self.ready = False
        self.current: tuple[int, datetime] | None = None
        reports, theirs = os.pipe()
        parent_pipe, self._parent_pipe = os.pipe()
        _PARENT_PIPES.add(self._parent_pipe)
        inherited = (queue, theirs, parent_pipe, cancel, sweep_payload)
        try:
            self._process = subprocess.Popen(  # noqa: S603
                _command(surroundings.path or sys.path, *inherited, int(ack_first)),
                pass_fds=inherited,
                stdin=subprocess.DEVNULL,
                env=surroundings.environment,
                cwd=surroundings.folder,
            )
        except BaseException:
            os.close(reports)
            self._close_parent_pipe()
            raise
        finally:
            os.close(theirs)
            os.close(parent_pipe)
        self._reports = Reports(reports)
        self.exited = _exit_descriptor(self._process.pid)

    @property
    def reports(self) -> int:
        """The descriptor that is readable when a report has arrived."""
        return self._reports.descriptor

    def read(self) -> list[tuple[Any, ...]]:
        """Return the reports that have arrived, without waiting."""
        return self._reports.read()

    @property
    def is_dead(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    @property
    def exit_code(self) -> int | None:
        """How the process ended, as `subprocess` gives it; None while it lives."""
        return self._process.poll()

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    def reap(self) -> int:
        """Wait for a process that has ended or is about to; close its descriptors and return its exit code."""
        code = self._process.wait()
        self._close_parent_pipe()
        os.close(self._reports.descriptor)
        if self.exited is not None:
            os.close(self.exited)
        return code

    def _close_parent_pipe(self) -> None:
        _PARENT_PIPES.discard(self._parent_pipe)
        os.close(self._parent_pipe)


def _close_parent_pipes() -> None:
    """Close the parent's pipes in a forked child, so that workers depend on the parent alone."""
    for parent_pipe in _PARENT_PIPES:
        with contextlib.suppress(OSError):  # the child is not ours: it may be closed already
            os.close(parent_pipe)
    _PARENT_PIPES.clear()


os.register_at_fork(after_in_child=_close_parent_pipes)


def _command(path: Sequence[object], *arguments: int) -> list[str]:
    entries = json.dumps([entry for entry in path if isinstance(entry, str)])
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocessing does
    return [sys.executable, *flags, "-c", _START, entries, *map(str, arguments)]


def _exit_descriptor(process: int) -> int | None:
    """Return a descriptor that is readable once the process has ended; None where the system has none.

    The end of its reports is no such sign: a program that the operation started may hold that pipe open for longer.
    """
    try:
        return os.pidfd_open(process)
    except (AttributeError, OSError):
        return None
