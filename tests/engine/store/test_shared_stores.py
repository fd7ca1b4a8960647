"""Processes that work on one experiment at once share its runs; none is executed twice, and the dead hold none."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sharing import RUNS

from pytest_optbench.engine.store import FileStore

SCRIPT = Path(__file__).with_name("sharing.py")


class Sharer:
    """One process of `sharing.py`."""

    def __init__(self, folder: Path, workers: int, stuck: str) -> None:
        arguments = [str(folder / "store"), str(folder / "witness"), str(workers)]
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "STUCK": stuck},
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def counts(self) -> dict[str, Any]:
        counted: dict[str, Any] = json.loads(self.line())
        assert self.process.wait(60) == 0
        return counted


@pytest.fixture
def sharers(tmp_path: Path) -> Iterator[Any]:
    with contextlib.ExitStack() as ending:

        def start(workers: int = 1, stuck: str = "") -> Sharer:
            one = Sharer(tmp_path, workers, stuck)
            ending.enter_context(one.process)
            ending.callback(one.process.kill)
            assert one.line() == "ready"
            return one

        yield start


def executed(tmp_path: Path) -> list[int]:
    return [int(line) for line in (tmp_path / "witness").read_text().splitlines()]


@pytest.mark.parametrize("workers", [1, 3])
def test_no_run_is_executed_twice_or_left_out(tmp_path: Path, sharers: Any, workers: int) -> None:
    crowd = [sharers(workers) for _ in range(3)]
    for one in crowd:
        one.go()
    counts = [one.counts() for one in crowd]
    assert sorted(executed(tmp_path)) == list(range(RUNS))
    assert sum(count["completed"] for count in counts) == RUNS
    assert [count["completed"] + count["skipped"] for count in counts] == [RUNS] * 3
    assert [count["seen"] for count in counts] == [RUNS] * 3
    store = FileStore(tmp_path / "store").experiment("shared:1")
    assert store.check() == []
    assert len(store.finished()) == RUNS
    store.close()


def test_a_run_is_taken_over_once_its_owner_is_dead_and_not_before(tmp_path: Path, sharers: Any) -> None:
    owner, heir = sharers(stuck="7"), sharers()
    owner.go()
    assert owner.line() == "stuck"
    heir.go()
    store = FileStore(tmp_path / "store").experiment("shared:1")
    while len(store.finished()) < RUNS - 1:  # the heir does all but the one that is held
        assert heir.process.poll() is None
        time.sleep(0.01)
    assert executed(tmp_path).count(7) == 1
    owner.process.send_signal(signal.SIGKILL)
    assert heir.counts()["seen"] == RUNS
    assert executed(tmp_path).count(7) == 2
    assert len(executed(tmp_path)) == RUNS + 1
    assert store.check() == []
    assert list(Path(store.path, "drafts").iterdir()) == []
    store.close()
