"""Every way to start a script: its workers find the operation that it defines, also with a blank in the path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TIMEOUT = 60.0  # seconds, against a hang
SCRIPT = """
import json, os, sys
import pytest_optbench.engine as metalab
from beside import helper

@metalab.operation
def scaled(params, capture):
    capture.metric("scaled", helper(params["n"]))
    capture.metric("process", os.getpid())

if __name__ == "__main__":
    os.chdir(sys.argv[1])
    cases = metalab.manual([{"n": n} for n in range(4)])
    sweep = metalab.Experiment("e", "1", context=None, operation=scaled, params=cases, seeds=metalab.seeds())
    handle = metalab.run(sweep, store="runs", executor=metalab.ProcessExecutor(2))
    runs = handle.result()
    assert all(run.metrics["process"] != os.getpid() for run in runs)
    print(json.dumps([handle.status.completed, [run.metrics["scaled"] for run in runs], scaled.code_hash]))
"""
BESIDE = "def helper(n):\n    return 3 * n\n"
WAYS = {
    "script": ["an app/__main__.py"],
    "folder": ["an app"],
    "folder by its path": ["{here}/an app"],
    "zip": ["an app.zip"],
    "zip with another name": ["an app.exe"],
    "module": ["-m", "packed"],
    "module of a package": ["-m", "packed.__main__"],
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    here = tmp_path / "a folder"
    for name, text in (("an app", SCRIPT), ("packed", SCRIPT.replace("from beside", "from packed.beside"))):
        (here / name).mkdir(parents=True)
        (here / name / "__main__.py").write_text(text)
        (here / name / "beside.py").write_text(BESIDE)
    for name in ("an app.zip", "an app.exe"):
        with zipfile.ZipFile(here / name, "w") as archive:
            archive.writestr("__main__.py", SCRIPT)
            archive.writestr("beside.py", BESIDE)
    return here


def told(here: Path, store: Path, way: str) -> tuple[int, list[int], str]:
    store.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, *(part.format(here=here) for part in WAYS[way]), str(store)]
    said = subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert said.returncode == 0, said.stderr
    completed, values, code = json.loads(said.stdout)
    return completed, values, code


@pytest.mark.parametrize("way", WAYS)
def test_workers_find_the_operation_of_a_script(here: Path, tmp_path: Path, way: str) -> None:
    completed, values, _ = told(here, tmp_path / "runs of it", way)
    assert (completed, values) == (4, [0, 3, 6, 9])


def test_the_code_is_the_same_in_whatever_way_it_is_started(here: Path, tmp_path: Path) -> None:
    told_by = [told(here, tmp_path / "runs of all", way) for way in ("script", "folder", "zip")]
    assert len({code for _, _, code in told_by}) == 1
    assert [completed for completed, _, _ in told_by] == [4, 0, 0]
