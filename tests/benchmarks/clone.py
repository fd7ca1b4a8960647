"""A copy of the package and its scenarios in a folder of its own, with the light suite run in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
PACKAGE = "pytest_optbench"
COPIED = (PACKAGE, "scenarios", "conftest.py", "pyproject.toml")
MARK = "OPTBENCH_CLONE"  # a variable by which the processes of a clone are found
NOT_KEPT = {"PYTHONDONTWRITEBYTECODE", "OPTBENCH_METALAB"}
SEED = "14"  # of what scenarios draw at random, so that a mutant meets the same examples again


@dataclass(frozen=True)
class Ended:
    """How a session ended: its status (None: it ran into the limit), seconds of its parts, and those that failed."""

    status: int | None
    seconds: dict[str, float]
    failed: tuple[str, ...]
    printed: str


class Clone:
    """A folder with the suite and the engine, which sessions of pytest import instead of the original."""

    def __init__(self, origin: Path = ROOT) -> None:
        """Take the folder that is copied."""
        self._origin = origin

    def __enter__(self) -> Self:
        """Copy everything, compiled files too: sessions start at once."""
        self.folder = Path(tempfile.mkdtemp(prefix="optbench-clone-"))
        for name in COPIED:
            source, target = self._origin / name, self.folder / name
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy2(source, target)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End what a session left running, and remove the folder."""
        self._end_processes()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, module: str, source: bytes) -> None:
        """Replace a module of the package."""
        path = self.folder / PACKAGE / module
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink()
        path.write_bytes(source)

    def session(
        self,
        parts: Sequence[str],
        load: str,
        workers: int,
        limit: float,
        *options: str,
        recorder: Path | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Ended:
        """Run these parts, or all of them if none is named, in that order, against the engine of the clone.

        `recorder` is a folder that comes first on the path of its processes.
        """
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        told = self.folder / "junit.xml"
        told.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", load, f"--junitxml={told}"]
        command += ["-n", str(workers), "--metalab", f"{PACKAGE}.engine", *options, *(parts or ("scenarios",))]
        path = os.pathsep.join(map(str, filter(None, (recorder, self.folder))))
        own = {MARK: str(self.folder), "PYTHONPATH": path, "TMPDIR": str(temporary), "OPTBENCH_SEED": SEED}
        kept = {name: value for name, value in os.environ.items() if name not in NOT_KEPT}
        with (self.folder / "printed").open("w+") as printed:
            process = subprocess.Popen(
                command, cwd=self.folder, env={**kept, **own, **environment}, stdout=printed, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            status: int | None
            try:
                status = process.wait(limit)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                self._end_processes()
                process.wait()
            printed.seek(0)
            return _ended(status, told, printed.read())

    def _end_processes(self) -> None:
        """Kill every process that has this clone in its environment: all that its sessions started."""
        mark = f"{MARK}={self.folder}".encode()
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in entry.read_bytes().split(b"\0"):
                    os.kill(int(entry.parent.name), signal.SIGKILL)
            except OSError:  # it ended meanwhile, or is not ours
                continue


def _ended(status: int | None, junit: Path, printed: str) -> Ended:
    seconds, failed = {}, []
    if junit.exists():
        for case in ElementTree.parse(junit).iter("testcase"):
            part = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
            seconds[part] = float(case.get("time", 0))
            if case.find("failure") is not None or case.find("error") is not None:
                failed.append(part)
    return Ended(status, seconds, tuple(failed), printed)
