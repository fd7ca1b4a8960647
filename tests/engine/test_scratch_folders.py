"""A scratch folder is its run's own, and is gone when the run is, even when its process was killed."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment, moving

import pytest_optbench.engine as metalab
from pytest_optbench.engine.execution import scratch
from pytest_optbench.engine.execution.scratch import PREFIX, Scratch

RUN = "0123456789abcdef" * 2
HOLD = """
import sys
from pytest_optbench.engine.execution.scratch import Scratch
held = Scratch(sys.argv[1])
(held.path / "file").write_text("x")
print(held.path, flush=True)
sys.stdin.read()
"""


@metalab.operation
def dies_in_its_scratch_folder(params, runtime, capture):
    (runtime.scratch_dir / "file").write_text("x")
    if params["x"] == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    capture.metric("name", runtime.scratch_dir.name)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of this process and of those it starts."""
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    scratch._sweep_once.cache_clear()
    return place


def holder() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", HOLD, RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_each_is_private_and_gone_once_removed(temporary: Path) -> None:
    one, two = Scratch(RUN), Scratch(RUN)
    assert one.path != two.path
    assert one.path.stat().st_mode & 0o777 == 0o700
    (one.path / "deep").mkdir()
    (one.path / "deep" / "file").write_text("x")
    one.remove()
    assert list(temporary.iterdir()) == [two.path]
    two.remove()


def test_the_next_one_clears_what_the_killed_left(temporary: Path) -> None:
    with holder() as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        process.kill()
    assert left.is_dir()
    Scratch(RUN).remove()
    assert list(temporary.iterdir()) == []


def test_the_living_keep_theirs(temporary: Path) -> None:
    mine = Scratch(RUN)
    with holder() as process:
        assert process.stdout is not None
        theirs = Path(process.stdout.readline().strip())
        scratch.sweep()
        assert (theirs / "file").exists()
        assert mine.path.exists()
        process.kill()
    scratch.sweep()
    assert list(temporary.iterdir()) == [mine.path]
    mine.remove()


def test_nothing_else_is_touched(temporary: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (temporary / f"{PREFIX}link").symlink_to(outside)
    (temporary / f"{PREFIX}file").write_text("x")
    (temporary / "other").mkdir()
    scratch.sweep()
    assert len(list(temporary.iterdir())) == 3
    assert outside.is_dir()


def test_a_sweep_that_comes_too_early_costs_a_folder_and_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    make = tempfile.mkdtemp

    def make_and_sweep(**how: str) -> str:
        made.append(make(**how))
        if len(made) == 1:
            scratch.sweep()
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", make_and_sweep)
    survivor = Scratch(RUN)
    assert [Path(path).exists() for path in made] == [False, True]
    assert survivor.path == Path(made[1])
    survivor.remove()


def test_open_files_do_not_grow() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        Scratch(RUN).remove()
        scratch.sweep()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_killed_worker_leaves_none(temporary: Path, tmp_path: Path) -> None:
    experiment = metalab.Experiment(
        "scratch", "1", None, dies_in_its_scratch_folder, metalab.grid(x=range(3)), metalab.seeds()
    )
    results = metalab.run(experiment, store=str(tmp_path / "store"), executor=metalab.ProcessExecutor(1)).result()
    assert [run.status for run in results] == ["success", "failed", "success"]
    assert list(temporary.iterdir()) == []


def test_a_process_does_not_stay_in_a_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    results = metalab.run(experiment(moving, 2), store=tmp_path / "s", executor=executor).result(60.0)
    assert [run.error for run in results] == [None, None]
    assert Path.cwd() == tmp_path
    if executor.max_workers == 1:
        assert [run.metrics["at"] for run in results] == [str(tmp_path)] * 2


@pytest.mark.parametrize("lock", ["refuses", "does nothing"])
def test_a_folder_that_cannot_be_locked_is_not_swept_under_its_user(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        if lock == "refuses":
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(fcntl, "flock", flock)
        mine = Scratch(RUN)
        scratch.sweep()
        assert mine.path.is_dir()
    scratch.sweep()
    assert list(temporary.iterdir()) == [mine.path]
    mine.remove()
    assert list(temporary.iterdir()) == []
