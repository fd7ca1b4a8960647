"""A repository of a tiny metalab that breaks a promise at a known commit and keeps it again at a later one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

NAME = "tiny_metalab"
PROMISE = "resume.exactly-missing"
PART = ("-m", "light", "-k", "test_finished")  # of the breaking point that the promise belongs to
SUBJECTS = ("Begin", "Lose the build", "Explain", "Forget what finished", "Explain more", "Remember what finished")
UNBUILDABLE, BREAKS, MENDS = 1, 3, 5  # places in that list
HONEST = "from pytest_optbench.engine import *\n\n__version__ = '1.0'\n"
FORGETFUL = f"""{HONEST}
from pytest_optbench.engine import run as honest_run


def run(experiment, **options):
    return honest_run(experiment, **{{**options, "resume": False}})
"""
PROJECT = f"""[build-system]
requires = []
build-backend = "build_wheel"
backend-path = ["."]

[project]
name = "{NAME}"
version = "1.0"
"""
BACKEND = f'''"""A build that needs no network: a wheel is a zip file."""

import zipfile


def build_wheel(folder, config_settings=None, metadata_directory=None):
    info = "{NAME}-1.0.dist-info"
    files = {{
        "{NAME}.py": open("{NAME}.py").read(),
        f"{{info}}/METADATA": "Metadata-Version: 2.1\\nName: {NAME}\\nVersion: 1.0\\n",
        f"{{info}}/WHEEL": "Wheel-Version: 1.0\\nGenerator: by-hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }}
    files[f"{{info}}/RECORD"] = "".join(f"{{name}},,\\n" for name in [*files, f"{{info}}/RECORD"])
    name = "{NAME}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return name
'''


def git(folder: Path, *arguments: str, at: str = "2024-01-01T00:00:00+00:00") -> str:
    """Run git as somebody, at some time."""
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "init.defaultBranch=main")
    environment = {**os.environ, "GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at}
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip()


def make_repository(folder: Path) -> list[str]:
    """Make the repository with a commit for each subject, a day apart; return their ids."""
    folder.mkdir()
    git(folder, "init", "-q")
    for place, subject in enumerate(SUBJECTS):
        (folder / "README").write_text(subject)
        (folder / "pyproject.toml").write_text(PROJECT)
        (folder / "build_wheel.py").write_text("raise SystemError('no build')" if place == UNBUILDABLE else BACKEND)
        (folder / f"{NAME}.py").write_text(FORGETFUL if BREAKS <= place < MENDS else HONEST)
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", subject, at=f"2024-01-0{place + 1}T00:00:00+00:00")
    return git(folder, "log", "--reverse", "--format=%H").split()


def state_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file below a folder with its time and content."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}
