"""Run a function in a child process with limits, so that it may crash, hang or eat memory there.

The child gets the parent's search path, folder and environment, leads a process group of its own, and reports by
a file. At the end the whole group is killed, and none of it lives on when the parent itself is killed.

It is forked from a server that has imported what it needs (`fork_server`), unless it is to be `fresh`, or has something
of its own that a process takes on only at its start: variables, or a limit of address space, which counts imports.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from pytest_optbench.errors import ChildError, InvalidInputError, TargetFailedError, TargetHungError, TargetRaisedError
from pytest_optbench.stress.measure.measure import Usage

from . import fork_server
from .process_group import has_ended, kill_group

TAIL = 4000  # bytes of the child's output that are kept
TASK, REPORT, OUTPUT, SCRATCH = "task.json", "report.json", "output", "tmp"
ENTRY = "pytest_optbench.stress.process.child_entry"
FAILURES = {failure.__name__: failure for failure in (TargetFailedError, TargetHungError, TargetRaisedError)}


@dataclass(frozen=True)
class ResourceLimits:
    """What a child may use: seconds until it is killed, bytes of address space, open files, bytes of one file."""

    seconds: float = 60.0
    address_space: int | None = None
    open_files: int | None = None
    file_size: int | None = None

    def __post_init__(self) -> None:
        """Raise InvalidInputError for a limit that is not above 0."""
        for name, value in asdict(self).items():
            if value is not None and value <= 0:
                raise InvalidInputError(f"a child cannot run with {name} {value!r}: give a number above 0")


@dataclass(frozen=True)
class ChildResult:
    """How a child ended.

    `value` is what the function returned, `error` one line about what it raised, with its `traceback`; both are
    None where the process died before it could report: then `signal` or `exit_code` says how. `usage` is None too
    there. `failed` names the kind of TargetFailedError that it raised, where it raised one. `events` counts the
    file-system events below `watch`, `output` is the tail of what it printed.
    """

    value: Any = None
    error: str | None = None
    traceback: str | None = None
    failed: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    timed_out: bool = False
    reported: bool = False
    usage: Usage | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    output: str = ""
    wall: float = 0.0

    def value_or_raise(self) -> Any:
        """What the function returned.

        Raises:
            TargetFailedError: the metalab under test is to blame that it did not.
            ChildError: it did not return; the message tells how the child ended.
        """
        if self.reported and self.error is None:
            return self.value
        if self.failed is not None and self.error is not None:
            raise FAILURES[self.failed](self.error.removeprefix(f"{self.failed}: "))
        raise ChildError(f"{self.story()}\n{self.traceback or self.output}".rstrip())

    def story(self) -> str:
        """How it ended, in one line."""
        if self.timed_out:
            return f"it did not end within {self.wall:.0f} s and was killed"
        if self.error is not None:
            return f"it raised {self.error}"
        if self.reported:
            return "it returned"
        if self.signal is not None:
            return f"signal {_signal_name(self.signal)} killed it"
        return f"it exited with code {self.exit_code}"


class Child:
    """A running child; as a context manager it leaves no process behind."""

    def __init__(self, task: str, bounds: ResourceLimits, environment: Mapping[str, str], fresh: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="optbench-child-", ignore_cleanup_errors=True)
        self._place = Path(self._folder.name)
        self._bounds = bounds
        self._ended: ChildResult | None = None
        self._began = time.monotonic()
        try:
            self._process = self._started(task, environment, fresh)
        except BaseException:
            self._folder.cleanup()
            raise

    def _started(self, task: str, own: Mapping[str, str], fresh: bool) -> subprocess.Popen[bytes] | fork_server.Forked:
        try:
            scratch = self._place / SCRATCH
            scratch.mkdir()
            (self._place / TASK).write_text(task, encoding="utf-8")
            (self._place / OUTPUT).touch()
            environment = {**os.environ, "TMPDIR": str(scratch), **own, "PYTHONPATH": _search_path()}
            if not fresh:
                # Where importing crashes, hangs or starts a thread, the child is to meet that itself.
                with contextlib.suppress(ChildError, OSError):
                    return fork_server.fork(self._place, environment, self._bounds.seconds)
            return self._anew(environment)
        except OSError as error:
            raise ChildError(f"no child process can be started: {error}; free memory, processes or disk") from error

    def _anew(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with (self._place / OUTPUT).open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - the interpreter and a folder of our own
                [sys.executable, "-P", "-m", ENTRY, str(self._place), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process, and the process group that it leads."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._ended is None and not self._exited(0)

    def kill(self, number: int = signal.SIGKILL, *, group: bool = False) -> None:
        """Send a signal to the child, or to its whole group; one that has ended gets none."""
        if self.alive:
            (os.killpg if group else os.kill)(self.pid, number)

    def wait(self) -> ChildResult:
        """Wait until it ends, or kill it when its seconds are over."""
        if self._ended is None:
            left = self._bounds.seconds - (time.monotonic() - self._began)
            self._ended = self._gathered(timed_out=not self._exited(max(0.0, left)))
        return self._ended

    def close(self) -> None:
        """Kill it if it still runs, with all that it started, and remove its folder."""
        if self._ended is None:
            self._ended = self._gathered(timed_out=False)
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _exited(self, seconds: float) -> bool:
        """Wait for its end without reaping it, so that its group id stays its own."""
        return self._process.returncode is not None or has_ended(self.pid, seconds)

    def _gathered(self, *, timed_out: bool) -> ChildResult:
        kill_group(self.pid)
        code = self._process.wait()
        report = self._report()
        return ChildResult(
            **report,
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 and not timed_out and "reported" not in report else None,
            timed_out=timed_out,
            output=_tail(self._place / OUTPUT),
            wall=time.monotonic() - self._began,
        )

    def _report(self) -> dict[str, Any]:
        path = self._place / REPORT
        if not path.exists():
            return {}
        fields: dict[str, Any] = json.loads(path.read_bytes())
        return {**fields, "usage": Usage(**fields["usage"]), "reported": True}


class ChildOptions(TypedDict, total=False):
    """What a child may have of its own (see `start_child`)."""

    bounds: ResourceLimits
    environment: Mapping[str, str]
    watch: Path | None
    needs: Collection[str]
    fresh: bool


def run_child(function: Callable[..., Any], /, *arguments: Any, **own: Unpack[ChildOptions]) -> ChildResult:
    """Call `function` in a child and wait for its end (see `start_child`)."""
    with start_child(function, *arguments, **own) as child:
        return child.wait()


def start_child(function: Callable[..., Any], /, *arguments: Any, **own: Unpack[ChildOptions]) -> Child:
    """Start a child that calls `function`; the thread that starts it must outlive it, or it is killed.

    Args:
        function: at module level, where the child finds it again by its name.
        arguments: JSON data, as what it returns.
        bounds: what it may use; `ResourceLimits()` if not given.
        environment: variables that the child gets beside those of this process.
        watch: count the child's own file-system events below this folder.
        needs: modules that it will import beside that of `function`: the server of children imports them first.
        fresh: start another interpreter, in which nothing was imported before; with `environment` or a limit of address
            space it is one anyhow.

    Raises:
        InvalidInputError: a function that cannot be found by its name, or arguments that are no JSON data.
        ChildError: the system can start no process.
    """
    limits, watch = own.get("bounds", ResourceLimits()), own.get("watch")
    task = {
        "module": function.__module__,
        "name": _found_again(function),
        "needs": sorted(own.get("needs", ())),
        "arguments": arguments,
        "bounds": asdict(limits),
        "watch": None if watch is None else str(watch.absolute()),
    }
    try:
        text = json.dumps(task)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"the arguments of {task['name']} must be JSON data: {error}") from error
    environment = own.get("environment", {})
    fresh = own.get("fresh", False) or bool(environment) or limits.address_space is not None
    return Child(text, limits, environment, fresh)


def _found_again(function: Callable[..., Any]) -> str:
    name = function.__qualname__
    if function.__module__ == "__main__" or "<" in name:
        raise InvalidInputError(
            f"{function.__module__}:{name} cannot be found by a child process: define it at the level of a module"
        )
    return name


def _search_path() -> str:
    return os.pathsep.join(map(os.path.abspath, sys.path))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have none
        return str(number)


def _tail(path: Path) -> str:
    """The end of a file, however long it is."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        return file.read(TAIL).decode("utf-8", errors="replace")
