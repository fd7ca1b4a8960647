"""A store that may only be read: what is finished is had from it, and what is missing is one clear error."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_operations import EXECUTORS, experiment, scaled

import pytest_optbench.engine as metalab

SECONDS = 60
DROPPED = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]  # so that root obeys the permissions of its files
READER = """
import json, os, sys
import pytest_optbench.engine as metalab
from sample_operations import EXECUTORS, experiment, scaled

if __name__ == "__main__":
    root, kind, cases, resume = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "resume"
    said = {"writable": os.access(root, os.W_OK)}
    try:
        handle = metalab.run(experiment(scaled, cases), store=root, executor=EXECUTORS[kind](), resume=resume)
        said["found"] = [run.metrics["scaled"] for run in handle.result()]
        said["status"] = handle.status.as_dict()
        said["loaded"] = len(metalab.load_results(root))
        said["problems"] = [str(problem) for problem in metalab.FileStore(root).check()]
    except Exception as error:
        said["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(said))
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "only read"
    metalab.run(experiment(scaled, 3), store=place).result()
    for path in (*place.rglob("*"), place):
        path.chmod(path.stat().st_mode & ~0o222)
    yield place
    for path in (place, *place.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)


def read(root: Path, kind: str, cases: int, resume: str = "resume") -> dict[str, Any]:
    """What a process without root's powers finds there."""
    script = root.parent / "reader.py"
    script.write_text(READER)
    is_root = os.geteuid() == 0
    if is_root and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to prevent it")
    command = [*(DROPPED if is_root else ()), sys.executable, str(script), str(root), kind, str(cases), resume]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    if found["writable"]:
        pytest.skip("this process may write everywhere, whatever permissions say")
    return found


def contents(root: Path) -> dict[str, tuple[Any, ...]]:
    paths = [root, *root.rglob("*")]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in paths]
    return {str(path): (digest, path.stat().st_mtime_ns) for path, digest in zip(paths, digests, strict=True)}


@pytest.mark.parametrize("kind", EXECUTORS)
def test_what_is_finished_is_had_without_writing(root: Path, kind: str) -> None:
    before = contents(root)
    said = read(root, kind, 3)
    assert "error" not in said, said["error"]
    assert len(said["found"]) == said["loaded"] == said["status"]["skipped"] == 3
    assert said["problems"] == []
    assert contents(root) == before


@pytest.mark.parametrize("kind", EXECUTORS)
@pytest.mark.parametrize(("cases", "resume"), [(4, "resume"), (3, "anew")])
def test_what_is_missing_is_one_error_that_names_the_folder(root: Path, kind: str, cases: int, resume: str) -> None:
    before = contents(root)
    said = read(root, kind, cases, resume)
    assert said["error"].startswith(f"StoreError: {root}")
    assert "may only be read" in said["error"]
    assert contents(root) == before


def test_an_experiment_that_is_not_there_is_one_error_that_names_the_folder(root: Path) -> None:
    place = next(path for path in root.iterdir())
    place.parent.chmod(0o755)
    place.rename(root / "renamed_1")
    place.parent.chmod(0o555)
    said = read(root, "thread", 3)
    assert said["error"].startswith("StoreError")
    assert str(root) in said["error"]
