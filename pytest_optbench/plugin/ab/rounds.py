"""A round of an A/B comparison: one session of each side, in child processes that take turns block by block."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pytest_optbench.errors import OptbenchError
from pytest_optbench.plugin.collection import PACKAGE, bundled_folder
from pytest_optbench.report import document
from pytest_optbench.report.document import SessionReport

from .turn_token import VARIABLE, two_ends

SECONDS = 1800.0  # for a round; only a hang takes as long
OUTPUT_TAIL = 1500  # characters of the output of a session that failed
Command = Sequence[str]


@dataclass(frozen=True)
class Side:
    """One side of a round: its command and its environment."""

    command: Command
    environment: Mapping[str, str]


def run_round(sides: tuple[Side, Side], folder: Path) -> tuple[SessionReport, SessionReport]:
    """Run both sessions in `folder`, the first one first, and return both reports.

    Raises:
        OptbenchError: a session wrote no report, ran nothing (the message has the end of its output), or did not end.
    """
    with tempfile.TemporaryDirectory(prefix="optbench-round-") as place, ExitStack() as stack:
        files = Path(place, "first"), Path(place, "second")
        with two_ends() as ends:
            children = [
                stack.enter_context(_child(side, folder, end, file))
                for side, file, end in zip(sides, files, ends, strict=True)
            ]
        deadline = time.monotonic() + SECONDS
        for child in children:
            _await(child, deadline)
        first, second = (_report(side.command[0], file) for side, file in zip(sides, files, strict=True))
        return first, second


@contextmanager
def suite_alone() -> Iterator[Path]:
    """Provide a folder for PYTHONPATH that contains links to this suite and nothing else.

    The folder of an installed suite has the other packages of its environment, including the metalab under test: on
    the path of another interpreter they would replace its own.
    """
    with tempfile.TemporaryDirectory(prefix="optbench-suite-") as place:
        Path(place, PACKAGE.name).symlink_to(PACKAGE)
        if bundled_folder().parent != PACKAGE:
            Path(place, bundled_folder().name).symlink_to(bundled_folder())
        yield Path(place)


def environment(suite: Path, *places: str) -> dict[str, str]:
    """Return the environment of a side: this suite first, so that both sides run the same one, and then `places`."""
    path = os.pathsep.join(filter(None, (str(suite), *places, os.environ.get("PYTHONPATH", ""))))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OPTBENCH_"))}
    return {**kept, "PYTHONPATH": path}


@contextmanager
def _child(side: Side, folder: Path, end: tuple[int, int], file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a child with its end of the turn token; it is killed with all its processes at the end of the context."""
    with file.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - the interpreter that the user named
            [*side.command, f"--optbench-json={file}.json"],
            cwd=folder,
            env={**side.environment, VARIABLE: f"{end[0]} {end[1]}"},
            stdin=subprocess.DEVNULL,
            stdout=output,
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
        raise OptbenchError(f"a round did not end within {SECONDS:.0f} s") from None


def _report(python: str, file: Path) -> SessionReport:
    path = file.with_suffix(".json")
    report = document.read(path) if path.is_file() else None
    if report is None or not report.outcomes:
        output = file.read_text(encoding="utf-8", errors="replace")[-OUTPUT_TAIL:].strip()
        raise OptbenchError(f"{python} {'ran no scenario' if report else 'wrote no report'}:\n{output}")
    return report
