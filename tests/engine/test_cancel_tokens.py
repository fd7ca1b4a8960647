"""The token of a worker process: any number of its threads may ask it and wait for it at once."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator

import pytest

from pytest_optbench.engine.execution.runtime import CancelToken, PipeToken

ENTERED = threading.Event()
POLL = select.poll


class Poll:
    """A `select.poll` that says when somebody begins to wait with it, and from then on refuses others, as the real."""

    def __init__(self) -> None:
        self._real = POLL()
        self._busy = False
        self.register = self._real.register

    def poll(self, milliseconds: float | None) -> object:
        if self._busy:
            raise RuntimeError("concurrent poll() invocation")
        self._busy = True
        try:
            ENTERED.set()
            return self._real.poll(milliseconds)
        finally:
            self._busy = False


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_a_thread_may_ask_while_another_waits(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "poll", Poll)
    ENTERED.clear()
    token = PipeToken(pipe[0])
    heard: list[bool] = []
    thread = threading.Thread(target=lambda: heard.append(token.wait(60.0)))
    thread.start()
    assert ENTERED.wait(60.0)
    try:
        assert not token.is_cancelled
        assert not token.wait(0.0)
    finally:
        os.write(pipe[1], b"!")
        thread.join()
    assert heard == [True]
    assert token.is_cancelled


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_whether_it_is_cancelled_may_be_looked_at_and_called(pipe: tuple[int, int], kind: str) -> None:
    token = CancelToken() if kind == "thread" else PipeToken(pipe[0])
    assert (bool(token.is_cancelled), token.is_cancelled(), repr(token.is_cancelled)) == (False, False, "False")
    token.cancel()
    assert (bool(token.is_cancelled), token.is_cancelled(), repr(token.is_cancelled)) == (True, True, "True")
    assert type(token.is_cancelled()) is type(token.wait(0.0)) is bool
