"""What an operation may ask of the engine while it runs: a logger, a scratch folder, whether to stop."""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytest_optbench.engine.planning.isolation import private_copy
from pytest_optbench.errors import RunCancelledError

from .run_log import Sink, logger_of
from .scratch import Scratch


class Answer(int):
    """Yes or no, for those who ask `token.is_cancelled` and for those who ask `token.is_cancelled()`."""

    def __call__(self) -> bool:
        return bool(self)

    def __repr__(self) -> str:
        return repr(bool(self))


_ANSWERS = (Answer(False), Answer(True))


class CancelToken:
    """Says whether the sweep is to stop; set once, never cleared, safe to ask from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], object]] = []

    @property
    def is_cancelled(self) -> Answer:
        """True from the moment the sweep was cancelled; may also be called."""
        return _ANSWERS[self._event.is_set()]

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until cancelled or until `timeout` seconds have passed; True when cancelled."""
        return self._event.wait(timeout)

    def cancel(self) -> None:
        """Ask everything that holds this token to stop; asking again changes nothing."""
        with self._lock:
            first = not self._event.is_set()
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        if first:
            for callback in callbacks:
                callback()

    def when_cancelled(self, callback: Callable[[], object]) -> None:
        """Call `callback` once the token is set, at once if it is set already."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return
        callback()


class PipeToken(CancelToken):
    """The token of a worker process: set as soon as the pipe it shares with its parent has something to read.

    One pipe serves every worker because nobody ever reads from it.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._pipe = _Pipe(descriptor)

    @property
    def is_cancelled(self) -> Answer:
        """True from the moment the sweep was cancelled; may also be called."""
        if not super().is_cancelled and self._pipe.poll(0):
            self.cancel()
        return super().is_cancelled

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until cancelled or until `timeout` seconds have passed; True when cancelled."""
        self._pipe.poll(None if timeout is None else timeout * 1000)
        return self.is_cancelled()


class _Pipe(threading.local):
    """Asks whether a pipe can be read; for each thread an object of its own, since no two may wait with the same."""

    def __init__(self, descriptor: int) -> None:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        self.poll = poll.poll


class Runtime:
    """The engine as one run sees it. What is asked for is made on first use and gone when the run ends."""

    __slots__ = ("_logger", "_metadata", "_own_metadata", "_scratch", "_sink", "cancel_token", "run_id")

    def __init__(self, run_id: str, cancel_token: CancelToken, sink: Sink, metadata: Mapping[str, Any]) -> None:
        self.run_id = run_id
        self.cancel_token = cancel_token
        self._metadata = metadata
        self._own_metadata: Mapping[str, Any] | None = None
        self._sink = sink
        self._scratch: Scratch | None = None
        self._logger: logging.Logger | None = None

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata of the experiment, a copy of this run's own."""
        if self._own_metadata is None:
            try:
                self._own_metadata = private_copy(self._metadata)
            except Exception:  # noqa: BLE001 - it need have no identity: what cannot be copied is shared
                self._own_metadata = self._metadata
        return self._own_metadata

    @property
    def logger(self) -> logging.Logger:
        """A logger whose lines are kept in this run's log."""
        if self._logger is None:
            self._logger = logger_of(self.run_id, self._sink)
        return self._logger

    @property
    def scratch_dir(self) -> Path:
        """A private folder for temporary files, removed when the run ends; one of a killed process, by the next."""
        if self._scratch is None:
            self._scratch = Scratch(self.run_id)
        return self._scratch.path

    def check_cancelled(self) -> None:
        """Raise `RunCancelledError` if the sweep was cancelled; call it wherever the operation can stop."""
        if self.cancel_token.is_cancelled:
            raise RunCancelledError(f"the sweep was cancelled while run {self.run_id} was under way")

    def close(self) -> None:
        """Remove the scratch folder and detach the logger."""
        if self._scratch is not None:
            self._scratch.remove()
            self._scratch = None
        if self._logger is not None:
            self._logger.handlers.clear()
            self._logger = None
