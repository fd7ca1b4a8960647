"""A session that is stopped in the middle of a walk leaves no process behind.

Mounts of small disks and the preloaded library belong to such processes, and go with them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sabotage import scenario_file

SECONDS = 120.0  # until the walk has begun
SOON = 30.0  # until everything has ended
MARK = "OPTBENCH_TEST_MARK"


def marked(mark: str) -> Iterator[int]:
    """Yield the living processes whose environment has the mark."""
    for process in Path("/proc").iterdir():
        try:
            if mark.encode() in (process / "environ").read_bytes() and "\nState:\tZ" not in (
                process / "status"
            ).read_text(encoding="utf-8", errors="replace"):
                yield int(process.name)
        except (OSError, ValueError):
            continue


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_stopped_session_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    environment = {**os.environ, "TMPDIR": str(tmp_path), MARK: mark}
    command = [sys.executable, "-m", "pytest", f"{scenario_file('test_crash_points')}::test_processes", "-m", "light"]
    command += ["--metalab", "pytest_optbench.engine", "-p", "no:cacheprovider"]
    session = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_for(lambda: any(tmp_path.glob("*/items/*/*/*/point-*/control")), SECONDS)
        assert len(list(marked(mark))) > 2, "the session, its fork server and a child of that"
        session.send_signal(number)
        assert session.wait(SOON) != 0
        assert wait_for(lambda: not list(marked(mark)), SOON), list(marked(mark))
    finally:
        for pid in marked(mark):
            os.kill(pid, signal.SIGKILL)
        session.wait()
