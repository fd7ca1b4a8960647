"""One session of the suite or several for each commit, whose reports are kept: what is there need not run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from pytest_optbench.errors import OptbenchError
from pytest_optbench.plugin.collection import bundled_folder
from pytest_optbench.promises import slug
from pytest_optbench.report import document
from pytest_optbench.report.document import SessionReport

from .environments import Environments
from .repository import SHORT, Commit

PLUGIN = "pytest_optbench.plugin"
ALONE = ("-c", os.devnull, "-p", "no:cacheprovider", "-p", "no:randomly")  # nothing of the folder that it runs in
ENDED = (0, 1)  # exit statuses of a session that came to its end
GRACE = 30.0  # seconds that an interrupted session has to end its own processes
FORGOTTEN = ("PYTEST_ADDOPTS", "OPTBENCH_METALAB")  # variables that would change what a session runs


@dataclass(frozen=True)
class Skipped:
    """A commit without a session, and why."""

    reason: str


class Sessions:
    """The sessions of the commits of one repository, kept below a folder by the arguments they were run with."""

    def __init__(self, folder: Path, environments: Environments, module: str, each: int = 1) -> None:
        self.folder = folder
        self.environments = environments
        self.module = module
        self.each = each  # sessions of a commit
        self.count = 0  # of sessions that were run, not found

    def place_of(self, arguments: Sequence[str]) -> Path:
        """Return the folder of the sessions with these arguments."""
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return self.folder / slug(" ".join([f"python-{python}", self.module, *arguments]))

    def kept(self, commit: Commit, arguments: Sequence[str]) -> tuple[SessionReport, ...]:
        """Return the reports of earlier sessions of a commit, if all of them are there; else nothing."""
        paths = self._paths(commit, arguments)
        return tuple(map(document.read, paths)) if all(path.is_file() for path in paths) else ()

    def of(self, commit: Commit, arguments: Sequence[str]) -> tuple[SessionReport, ...] | Skipped:
        """Return the reports of a commit: those that are kept, and those of sessions which are run now and kept."""
        reports = []
        for path in self._paths(commit, arguments):
            if not path.is_file():
                try:
                    report = self._run(commit, arguments, path.with_suffix(".log"))
                except OptbenchError as error:
                    return Skipped(str(error))
                document.write(report, path)
            reports.append(document.read(path))
        return tuple(reports)

    def _paths(self, commit: Commit, arguments: Sequence[str]) -> tuple[Path, ...]:
        moment = "".join(sign for sign in commit.committed[:19] if sign.isdigit())
        numbers = ("", *(f"-{number}" for number in range(2, self.each + 1)))
        return tuple(self.place_of(arguments) / f"{moment}-{commit.id[:SHORT]}{number}.json" for number in numbers)

    def _run(self, commit: Commit, arguments: Sequence[str], log: Path) -> SessionReport:
        python = self.environments.python_of(commit)
        log.parent.mkdir(parents=True, exist_ok=True)
        self.count += 1
        with TemporaryDirectory(prefix="optbench-") as place, log.open("w", encoding="utf-8") as output:
            file = Path(place, "session.json")
            folder, temporary = Path(place, "started"), Path(place, "tmp")
            folder.mkdir()
            temporary.mkdir()
            command = [str(python), "-P", "-m", "pytest", *self._options(), *arguments, f"--optbench-json={file}"]
            status = _run_to_its_end(command, folder, _environment(temporary), output)
            report = document.read(file) if file.is_file() else None
        if status not in ENDED or report is None or not report.outcomes:
            raise OptbenchError(f"the session ended with status {status} ({_last_line(log)}); its output is in {log}")
        if not Path(report.target["path"]).is_relative_to(python.parents[1]):
            raise OptbenchError(f"not this commit was measured, but {report.target['path']}")
        return _stamped(report, commit)

    def _options(self) -> Sequence[str]:
        known = any(entry.value == PLUGIN for entry in metadata.entry_points(group="pytest11"))
        here = f"--confcutdir={bundled_folder()}"  # else pytest looks at whatever lies next to it, up to the root
        return *ALONE, here, *(() if known else ("-p", PLUGIN)), "--optbench", "--metalab", self.module


def _stamped(report: SessionReport, commit: Commit) -> SessionReport:
    """Return the report with the commit, which was installed from a checkout that is gone."""
    known = {"commit": commit.id, "committed": commit.committed, "subject": commit.subject}
    return replace(report, target={**report.target, **known})


def _environment(temporary: Path) -> Mapping[str, str]:
    """Return the environment of a session; evidence of broken promises goes with its temporary folder."""
    kept = {name: value for name, value in os.environ.items() if name not in FORGOTTEN}
    return {**kept, "TMPDIR": str(temporary)}


def _run_to_its_end(command: Sequence[str], folder: Path, environment: Mapping[str, str], output: TextIO) -> int:
    """Run a session in a process group of its own; if this process is interrupted, so is the session."""
    child = subprocess.Popen(  # noqa: S603 - the interpreter of an environment of ours
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    try:
        return child.wait()
    except BaseException:
        child.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
        raise
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # also what the session left behind
        child.wait()


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    return ([line for line in lines if line] or ["no output"])[-1]
