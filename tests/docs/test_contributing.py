"""The recipe for a breaking point, followed as it is printed, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from code_blocks import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILE = re.compile(r"^   `(?P<path>[\w./-]+)`\n\n   ```\w+\n(?P<text>.*?)^   ```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"<!-- command: breaking-point -->\n```bash\n(.*?)```", re.DOTALL)
SECONDS = 300.0  # against a hang
COPIED = ("pytest_optbench", "scenarios", "tests")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the files of the recipe in it."""
    folder = tmp_path_factory.mktemp("project")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, folder / name)
    for found in FILE.finditer(TEXT):
        path = folder / found["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(found["text"]), encoding="utf-8")
    (folder / "scenarios" / "run_tags" / "__init__.py").touch()
    return folder


def run(command: str, project: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OPTBENCH_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = command.replace("PYTHONPATH=tests/saboteurs", f"PYTHONPATH=tests/saboteurs:{project}")
    return subprocess.run(
        ["bash", "-euc", command],
        cwd=project,
        env={**kept, "PATH": path, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def commands() -> list[str]:
    (block,) = COMMANDS.findall(TEXT)
    return str(block).splitlines()


def test_the_recipe_has_every_file() -> None:
    names = [found["path"] for found in FILE.finditer(TEXT)]
    assert len(names) == 5
    assert {Path(name).suffix for name in names} == {".py", ".toml"}


def test_the_new_breaking_point_holds(project: Path) -> None:
    done = run(commands()[0], project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "run-tags [light]" in done.stdout
    assert "holds" in done.stdout


def test_the_saboteur_breaks_it(project: Path) -> None:
    done = run(commands()[1], project)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "8 of 8 stored runs lack a tag; 8 were planned." in " ".join(done.stdout.split())


def test_nothing_was_forgotten(project: Path) -> None:
    done = run(commands()[2], project)
    assert done.returncode == 0, done.stdout + done.stderr
