"""Run a function in a child process with limits, where it may crash, hang or use up memory.

The child gets the parent's search path, folder and environment, leads a process group of its options, and writes its
report to a file. At the end the whole group is killed, also when the parent itself is killed.

It is forked from a server that has imported the modules it needs (`fork_server`), unless it has to be `fresh`, or has
variables or a limit of address space, which take effect only when an interpreter starts.
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
from dataclasses import asdict, dataclass
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
    """Limits of a child: seconds until it is killed, bytes of address space, open files, bytes of one file, processes.

    `processes` counts those of the user, threads as well; the system exempts root.
    """

    seconds: float = 60.0
    address_space: int | None = None
    open_files: int | None = None
    file_size: int | None = None
    processes: int | None = None

    def __post_init__(self) -> None:
        """Raise InvalidInputError for a limit that is not above 0."""
        for name, value in asdict(self).items():
            if value is not None and value <= 0:
                raise InvalidInputError(f"a child cannot run with {name} {value!r}: give a number above 0")


@dataclass(frozen=True)
class ChildResult:
    """The result of a child.

    `value` is the return value of the function, `error` its exception in one line, with its `traceback`. If the process
    died before it could report, these and `usage` are None, and `signal` or `exit_code` shows how it died. `failed` is
    the name of the TargetFailedError that it raised, if any. `output` is the end of its output.
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
    output: str = ""
    wall: float = 0.0

    def value_or_raise(self) -> Any:
        """Return the value that the function returned.

        Raises:
            TargetFailedError: the function raised it: the metalab under test failed.
            ChildError: the function did not return; the message describes how the child ended.
        """
        if self.reported and self.error is None:
            return self.value
        if self.failed is not None and self.error is not None:
            raise FAILURES[self.failed](self.error.removeprefix(f"{self.failed}: "))
        raise ChildError(f"{self.describe()}\n{self.traceback or self.output}".rstrip())

    def describe(self) -> str:
        """Return in one line how the child ended."""
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
        self._path = Path(self._folder.name)
        self._bounds = bounds
        self._result: ChildResult | None = None
        self._began = time.monotonic()
        try:
            self._process = self._start(task, environment, fresh)
        except BaseException:
            self._folder.cleanup()
            raise

    def _start(
        self, task: str, variables: Mapping[str, str], fresh: bool
    ) -> subprocess.Popen[bytes] | fork_server.ForkedChild:
        try:
            scratch = self._path / SCRATCH
            scratch.mkdir()
            (self._path / TASK).write_text(task, encoding="utf-8")
            (self._path / OUTPUT).touch()
            environment = {**os.environ, "TMPDIR": str(scratch), **variables, "PYTHONPATH": _search_path()}
            if not fresh:
                # Where importing crashes, hangs or starts a thread, that has to happen in the child.
                with contextlib.suppress(ChildError, OSError):
                    return fork_server.fork(self._path, environment, self._bounds.seconds)
            return self._start_interpreter(environment)
        except OSError as error:
            raise ChildError(f"no child process can be started: {error}; free memory, processes or disk") from error

    def _start_interpreter(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with (self._path / OUTPUT).open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - the interpreter and a folder of our options
                [sys.executable, "-P", "-m", ENTRY, str(self._path), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The id of the process, and of the process group that it leads."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._result is None and not self._exited(0)

    def kill(self, number: int = signal.SIGKILL, *, group: bool = False) -> None:
        """Send a signal to the child, or to its whole group; one that has ended gets none."""
        if self.alive:
            (os.killpg if group else os.kill)(self.pid, number)

    def wait(self) -> ChildResult:
        """Wait until the child ends, or kill it when its time is over."""
        if self._result is None:
            left = self._bounds.seconds - (time.monotonic() - self._began)
            self._result = self._collect_result(timed_out=not self._exited(max(0.0, left)))
        return self._result

    def close(self) -> None:
        """Kill the child with every process that it started, and remove its folder."""
        if self._result is None:
            self._result = self._collect_result(timed_out=False)
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _exited(self, seconds: float) -> bool:
        """Wait for the end of the child without reaping it, so that its group id is not reused."""
        return self._process.returncode is not None or has_ended(self.pid, seconds)

    def _collect_result(self, *, timed_out: bool) -> ChildResult:
        kill_group(self.pid)
        code = self._process.wait()
        report = self._report()
        return ChildResult(
            **report,
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 and not timed_out and "reported" not in report else None,
            timed_out=timed_out,
            output=_tail(self._path / OUTPUT),
            wall=time.monotonic() - self._began,
        )

    def _report(self) -> dict[str, Any]:
        path = self._path / REPORT
        if not path.exists():
            return {}
        fields: dict[str, Any] = json.loads(path.read_bytes())
        return {**fields, "usage": Usage(**fields["usage"]), "reported": True}


class ChildOptions(TypedDict, total=False):
    """The options of a child (see `start_child`)."""

    bounds: ResourceLimits
    environment: Mapping[str, str]
    needs: Collection[str]
    fresh: bool


def run_child(function: Callable[..., Any], /, *arguments: Any, **options: Unpack[ChildOptions]) -> ChildResult:
    """Call `function` in a child and wait for its end (see `start_child`)."""
    with start_child(function, *arguments, **options) as child:
        return child.wait()


def start_child(function: Callable[..., Any], /, *arguments: Any, **options: Unpack[ChildOptions]) -> Child:
    """Start a child that calls `function`; it is killed if the thread that started it ends first.

    Args:
        function: one at module level, which the child finds by its name.
        arguments: JSON data, as is the return value.
        bounds: its limits; `ResourceLimits()` if not given.
        environment: variables that the child gets in addition to those of this process.
        needs: modules that it imports in addition to that of `function`: the fork server imports them first.
        fresh: start a new interpreter, in which nothing is imported yet; `environment` and a limit of address space
            imply it.

    Raises:
        InvalidInputError: the function cannot be found by its name, or the arguments are not JSON data.
        ChildError: the system cannot start a process.
    """
    limits = options.get("bounds", ResourceLimits())
    task = {
        "module": function.__module__,
        "name": _importable_name(function),
        "needs": sorted(options.get("needs", ())),
        "arguments": arguments,
        "bounds": asdict(limits),
    }
    try:
        text = json.dumps(task)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"the arguments of {task['name']} must be JSON data: {error}") from error
    environment = options.get("environment", {})
    fresh = options.get("fresh", False) or bool(environment) or limits.address_space is not None
    return Child(text, limits, environment, fresh)


def _importable_name(function: Callable[..., Any]) -> str:
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
    """Return the end of a file of any length."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        return file.read(TAIL).decode("utf-8", errors="replace")
