"""Environments into which the wheel is installed, beside the packages that it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LAB = "from pytest_optbench.engine import *\n__version__ = {version!r}\n"
SECONDS = 600.0  # against a hang
SCRIPT = "import sys\nimport pytest\nsys.exit(pytest.main())\n"


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the wheel and with a module `metalab` of its own."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def run(self, folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a folder with this environment activated."""
        return subprocess.run(
            command, cwd=folder, env=self.variables(variables), capture_output=True, text=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip

    def variables(self, changed: Mapping[str, str]) -> dict[str, str]:
        """What activating sets; nothing of the session that runs the test is handed on."""
        own = ("PYTEST_", "OPTBENCH_", "PYTHON", "VIRTUAL_ENV", "GITHUB_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        return {**kept, "PATH": f"{self.python.parent}:{os.environ['PATH']}", **changed}


def create(folder: Path) -> Environment:
    """An empty environment."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=SECONDS)
    return Environment(folder)


def install(wheel: Path, environment: Environment, version: str) -> None:
    """Do what pip does for a wheel and for a metalab of that version; other packages are those of this interpreter."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(environment.packages)
    (environment.packages / "needed.pth").write_text(sysconfig.get_path("purelib"))
    (environment.packages / "metalab.py").write_text(LAB.format(version=version))
    place = environment.folder / "scripts"
    place.mkdir(exist_ok=True)
    (place / "pytest").write_text(SCRIPT)
    command = environment.python.with_name("pytest")
    command.write_text(f'#!/bin/sh\nexec "{environment.python}" "{place}/pytest" "$@"\n')
    command.chmod(0o755)


if __name__ == "__main__":
    _, built, place, of_version = sys.argv
    install(Path(built), Environment(Path(place)), of_version)
