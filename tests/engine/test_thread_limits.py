"""A system that has no more threads to give: a sweep goes on with those it got, or does not begin."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_operations import EXECUTORS, experiment, open_files, square

import pytest_optbench.engine as metalab
from pytest_optbench.errors import WorkerError

TIMEOUT = 60.0  # seconds, against a hang


@pytest.fixture
def startable(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Whether each of the next threads can be started, as on a system that has no more to give."""
    answers: list[bool] = []
    start = threading.Thread.start

    def started(thread: threading.Thread) -> None:
        if answers and not answers.pop(0):
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", started)
        yield answers


def test_a_sweep_goes_on_with_the_threads_that_can_be_started(tmp_path: Path, startable: list[bool]) -> None:
    startable[:] = [True, False]
    handle = metalab.run(experiment(square, 20), store=tmp_path, executor=metalab.ThreadExecutor(4))
    assert len(handle.result(TIMEOUT).successful) == 20
    assert handle.is_complete


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_without_a_thread_nothing_is_begun_and_nothing_left(tmp_path: Path, startable: list[bool], kind: str) -> None:
    before = open_files()
    startable[:] = [False]
    with pytest.raises(WorkerError, match="no thread can be started"):
        metalab.run(experiment(square, 20), store=tmp_path, executor=EXECUTORS[kind]())
    assert open_files() == before
    assert len(metalab.load_results(tmp_path)) == 0
