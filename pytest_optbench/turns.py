"""A round of an A/B: one session of each side, in child processes that take turns block by block."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest_optbench

from .baton import VARIABLE, two_ends
from .errors import OptbenchError
from .report import document
from .report.document import SessionReport

SECONDS = 1800.0  # for a round; a limit against hangs alone
TOLD = 1500  # signs of the output of a session that failed
Command = Sequence[str]


def play_round(commands: tuple[Command, Command], folder: Path) -> tuple[SessionReport, SessionReport]:
    """Play both sessions in `folder`, the first one first, and give both reports.

    Raises:
        OptbenchError: one came to no report, with the end of what it said, or did not end.
    """
    with tempfile.TemporaryDirectory(prefix="optbench-round-") as place, ExitStack() as stack:
        files = Path(place, "first"), Path(place, "second")
        with two_ends() as ends:
            children = [
                stack.enter_context(_child([*command, "--optbench-json", f"{file}.json"], folder, end, file))
                for command, file, end in zip(commands, files, ends, strict=True)
            ]
        deadline = time.monotonic() + SECONDS
        for child in children:
            _await(child, deadline)
        first, second = (_report(command[0], file) for command, file in zip(commands, files, strict=True))
        return first, second


def environment() -> dict[str, str]:
    """The environment of a side: this suite before an installed one, so that both sides run the same."""
    suite = str(Path(pytest_optbench.__file__).parents[1])
    path = os.pathsep.join(filter(None, (suite, os.environ.get("PYTHONPATH", ""))))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OPTBENCH_"))}
    return {**kept, "PYTHONPATH": path}


@contextmanager
def _child(command: Command, folder: Path, end: tuple[int, int], file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A child with its end of the baton; it and everything that it started end with the context."""
    with file.open("wb") as story:
        child = subprocess.Popen(  # noqa: S603 - the interpreter that the user named
            command,
            cwd=folder,
            env={**environment(), VARIABLE: f"{end[0]} {end[1]}"},
            stdin=subprocess.DEVNULL,
            stdout=story,
            stderr=subprocess.STDOUT,
            pass_fds=end,
            process_group=0,
        )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _await(child: subprocess.Popen[bytes], deadline: float) -> None:
    try:
        child.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise OptbenchError(f"a round did not end in {SECONDS:.0f} s") from None


def _report(python: str, file: Path) -> SessionReport:
    path = file.with_suffix(".json")
    if not path.is_file():
        said = file.read_text(encoding="utf-8", errors="replace")[-TOLD:]
        raise OptbenchError(f"{python} came to no report:\n{said.strip()}")
    return document.read(path)
