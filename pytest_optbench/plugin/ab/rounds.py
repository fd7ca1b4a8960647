"""A round of an A/B: one session of each side, in child processes that take turns block by block."""

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

SECONDS = 1800.0  # for a round; a limit against hangs alone
TOLD = 1500  # signs of the output of a session that failed
Command = Sequence[str]


@dataclass(frozen=True)
class Player:
    """What plays one side: its command, and the environment that it is given."""

    command: Command
    environment: Mapping[str, str]


def play_round(players: tuple[Player, Player], folder: Path) -> tuple[SessionReport, SessionReport]:
    """Play both sessions in `folder`, the first one first, and give both reports.

    Raises:
        OptbenchError: one came to no report or ran nothing, with the end of what it said, or did not end.
    """
    with tempfile.TemporaryDirectory(prefix="optbench-round-") as place, ExitStack() as stack:
        files = Path(place, "first"), Path(place, "second")
        with two_ends() as ends:
            children = [
                stack.enter_context(_child(player, folder, end, file))
                for player, file, end in zip(players, files, ends, strict=True)
            ]
        deadline = time.monotonic() + SECONDS
        for child in children:
            _await(child, deadline)
        first, second = (_report(player.command[0], file) for player, file in zip(players, files, strict=True))
        return first, second


@contextmanager
def suite_alone() -> Iterator[Path]:
    """A folder that leads to this suite and to nothing else, for PYTHONPATH.

    Beside an installed suite lie the packages of its environment, the metalab under test among them: on the path of
    another interpreter they would take the place of its own.
    """
    with tempfile.TemporaryDirectory(prefix="optbench-suite-") as place:
        Path(place, PACKAGE.name).symlink_to(PACKAGE)
        if bundled_folder().parent != PACKAGE:
            Path(place, bundled_folder().name).symlink_to(bundled_folder())
        yield Path(place)


def environment(suite: Path, *places: str) -> dict[str, str]:
    """The environment of a side: this suite before an installed one, so that both run the same, and then `places`."""
    path = os.pathsep.join(filter(None, (str(suite), *places, os.environ.get("PYTHONPATH", ""))))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OPTBENCH_"))}
    return {**kept, "PYTHONPATH": path}


@contextmanager
def _child(player: Player, folder: Path, end: tuple[int, int], file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A child with its end of the turn_token; it and everything that it started end with the context."""
    with file.open("wb") as story:
        child = subprocess.Popen(  # noqa: S603 - the interpreter that the user named
            [*player.command, f"--optbench-json={file}.json"],
            cwd=folder,
            env={**player.environment, VARIABLE: f"{end[0]} {end[1]}"},
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
    report = document.read(path) if path.is_file() else None
    if report is None or not report.outcomes:
        said = file.read_text(encoding="utf-8", errors="replace")[-TOLD:].strip()
        raise OptbenchError(f"{python} {'ran no scenario' if report else 'came to no report'}:\n{said}")
    return report
