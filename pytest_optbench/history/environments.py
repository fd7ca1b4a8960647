"""An environment for each commit: the metalab of the commit in front, and the packages of this environment behind it.

So every commit is measured by the same suite, with the same versions of all other packages, and making an environment
takes a second.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest_optbench
from pytest_optbench.errors import InvalidInputError, OptbenchError
from pytest_optbench.text import shorten

from .repository import Commit, Repository

INSTALLED = ("site-packages", "dist-packages")
LINK = "optbench-suite.pth"
LONGEST = 200  # characters of a line of an error


class Environments:
    """The environments below a folder, each named like its commit."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        """Choose uv where it is on the path, else pip.

        Raises:
            InvalidInputError: neither is there.
        """
        self.folder = folder
        self.repository = repository
        self.uv = shutil.which("uv")
        if self.uv is None and importlib.util.find_spec("pip") is None:
            raise InvalidInputError(f"neither uv nor pip is there to install with: {sys.executable} -m ensurepip")

    def place_of_python(self, commit: Commit) -> Path:
        """Return where the interpreter of a commit is, or would be."""
        return self.folder / commit.id / "bin" / "python"

    def python_of(self, commit: Commit) -> Path:
        """Return the interpreter of the environment of a commit, which is made where it is not complete.

        Raises:
            OptbenchError: the commit cannot be checked out or installed.
        """
        place = self.folder / commit.id
        python = self.place_of_python(commit)
        link = site_packages(place) / LINK
        if python.exists() and link.is_file() and link.read_text(encoding="utf-8") == _link_text():
            return python
        shutil.rmtree(place, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.repository.checked_out(commit, self.folder) as tree:
            for command in self._commands(place, python, tree):
                _run(command)
        link.write_text(_link_text(), encoding="utf-8")  # last: an environment without it is not complete
        return python

    def _commands(self, place: Path, python: Path, tree: Path) -> Iterator[Sequence[str]]:
        if self.uv is not None:
            yield self.uv, "venv", "--quiet", "--python", sys.executable, str(place)
            install = (self.uv, "pip", "install", "--quiet", "--python", str(python))
            yield *install, "--no-sources", str(tree)  # as others install it: a workspace is for its developers
            return
        venv.create(place, symlinks=True, with_pip=False)  # the pip that is here installs there
        pip = (sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check")
        yield *pip, "install", "--quiet", str(tree)


def site_packages(environment: Path) -> Path:
    """Return the folder of the packages of an environment that was made for this Python."""
    return environment / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def _link_text() -> str:
    """Return lines that put the packages of this environment behind those of another one, editable ones too."""
    folders = [path for path in sys.path if Path(path).name in INSTALLED]
    home = str(Path(pytest_optbench.__file__).parents[1])
    if home not in folders:
        folders.append(home)
    return "".join(f"import site; site.addsitedir({folder!r})\n" for folder in folders)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603 - uv or pip, with a folder that was just made
        command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        raise OptbenchError(f"it cannot be installed ({_reason(done.stderr)})")


def _reason(output: str) -> str:
    """Return the first line of the output that names an error, and its last line, where the cause is."""
    lines = [" ".join(line.split()) for line in output.splitlines() if line.strip()] or ["no error output"]
    named = [line for line in lines if "error" in line.lower()]
    return "; ".join(dict.fromkeys(shorten(line, LONGEST) for line in (*named[:1], lines[-1])))
