"""Run an experiment on any target, and summarise the sweep."""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from pytest_optbench.errors import MissingFeatureError, TargetRaisedError
from pytest_optbench.text import one_line

from .dialect import Counts, Dialect, EventCallback, Launch, RunOptions
from .log_capture import capture_logs
from .survival import intercept_exit, is_target_failure
from .watch import HangInterrupt

GRACE = 10.0  # seconds for active runs to end after a sweep was cancelled
SHORTEST_NAP = 0.005


@dataclass(frozen=True)
class Summary:
    """The result of a sweep, as the target counts it; a count that the target does not report is 0.

    `error` is one line if the sweep itself raised (failed runs are counted in `failed`), with its `traceback`.
    `events` counts the events by kind; it is empty if none were requested. `messages` are the warnings that the
    target logged in this process. `seconds` is wall time, from the call to the last result.
    """

    total: int = 0
    completed: int = 0
    skipped: int = 0
    failed: int = 0
    events: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None
    traceback: str | None = None
    timed_out: bool = False
    messages: tuple[str, ...] = ()

    def raise_for_error(self) -> Summary:
        """Return this summary, unless the target raised an error; a timeout does not count as one.

        Raises:
            TargetRaisedError: the target raised an error.
        """
        if self.error is not None and self.traceback is not None:
            raise TargetRaisedError(f"it raised {self.error}")
        return self


@contextmanager
def raised_by_target() -> Iterator[None]:
    """Report what a block that calls the target directly raises as raised by the target.

    Raises:
        TargetRaisedError: the block raised an exception.
    """
    try:
        yield
    except Exception as error:
        raise TargetRaisedError(f"it raised {one_line(error)}") from error


class EventCounts:
    """Counts events by kind before it passes them to the callback; safe from any thread."""

    def __init__(self, on_event: EventCallback) -> None:
        self._on_event = on_event
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, event: Any) -> None:
        """Count one event and pass it on."""
        with self._lock:
            self._counts[str(getattr(event.kind, "value", event.kind))] += 1
        self._on_event(event)

    def counts(self) -> dict[str, int]:
        """Return the counts so far."""
        with self._lock:
            return dict(self._counts)


class StartedSweep:
    """A sweep that was started; `wait` returns its summary."""

    def __init__(self, module: ModuleType, dialect: Dialect, experiment: Any, options: RunOptions) -> None:
        self._event_counts = None if options.on_event is None else EventCounts(options.on_event)
        self._options = options
        self._launch: Launch | None = None
        self._failure: BaseException | None = None
        self._summary: Summary | None = None
        self._stack = ExitStack()
        self._began = self._ended = time.perf_counter()
        self._logs = self._stack.enter_context(capture_logs(module))
        self._stack.enter_context(intercept_exit())
        try:
            self._launch = dialect.launch(module, experiment, options, self._event_counts)
        except BaseException as error:
            if not is_target_failure(error):
                self._stack.close()
                raise
            self._failure, self._ended = error, time.perf_counter()

    @property
    def results(self) -> Any:
        """The target's own results once the sweep has ended; None if it returned none."""
        return None if self._launch is None else self._launch.results

    @property
    def status(self) -> Counts:
        """The progress of the sweep, as the target reports it."""
        return Counts() if self._launch is None else self._launch.counts()

    @property
    def is_running(self) -> bool:
        """Whether the sweep was started and has not ended."""
        return self._launch is not None and not self._launch.is_complete()

    def cancel(self) -> None:
        """Cancel the runs that have not started.

        Raises:
            MissingFeatureError: the target's sweeps cannot be cancelled.
        """
        if self._launch is not None:
            self._launch.cancel()

    def wait(self, timeout: float | None = None) -> Summary | None:
        """Wait for the end of the sweep; return None if `timeout` seconds pass first, and the sweep goes on.

        An interrupt from the keyboard cancels the sweep and is raised again.
        """
        if self._summary is None and self._has_ended(timeout):
            self._summary = self._finish(timed_out=False)
        return self._summary

    def give_up(self) -> Summary:
        """Cancel the sweep, wait some seconds for active runs, and return the summary so far."""
        if self._summary is None:
            self._cancel_if_possible()
            self._has_ended(GRACE)
            self._summary = self._finish(timed_out=True)
        return self._summary

    def begin(self) -> None:
        """Let the sweep proceed in the background, for targets whose `run` blocks."""
        if self._launch is not None:
            self._launch.begin()

    def _has_ended(self, timeout: float | None) -> bool:
        """Wait up to `timeout` seconds; return whether the sweep has ended, or there is no limit."""
        if timeout is None or self._launch is None:
            return True
        deadline = time.perf_counter() + timeout
        while not self._launch.is_complete():
            polled = time.perf_counter()
            self._launch.counts()  # some targets deliver events only when polled
            cost = time.perf_counter() - polled
            if time.perf_counter() >= deadline:
                return False
            time.sleep(min(max(SHORTEST_NAP, 10 * cost), max(0.0, deadline - time.perf_counter())))
        return True

    def _finish(self, *, timed_out: bool) -> Summary:
        with self._stack:
            error = self._failure or self._end_launch(timed_out=timed_out)
            counts, late = self._final_counts()
        return self._summarise(counts, error or late, timed_out=timed_out)

    def _end_launch(self, *, timed_out: bool) -> BaseException | None:
        """Wait for the end and release the executor; return the error of the target, if any."""
        if self._launch is None:
            return None
        hung = False
        try:
            if not timed_out:
                self._launch.finish()
        except BaseException as error:
            if is_target_failure(error):
                return error
            hung = isinstance(error, HangInterrupt)
            self._cancel_if_possible()
            raise
        finally:
            self._ended = time.perf_counter()
            self._launch.close(wait=not (timed_out or hung) or self._launch.is_complete())
        return None

    def _final_counts(self) -> tuple[Counts, BaseException | None]:
        try:
            return self.status, None
        except BaseException as error:
            if not is_target_failure(error):
                raise
            return Counts(), error

    def _cancel_if_possible(self) -> None:
        try:
            self.cancel()
        except MissingFeatureError:
            return

    def _summarise(self, counts: Counts, error: BaseException | None, *, timed_out: bool) -> Summary:
        limit = f"not finished within {self._options.timeout} s" if timed_out else None
        return Summary(
            total=counts.total,
            completed=counts.completed,
            skipped=counts.skipped,
            failed=counts.failed,
            events={} if self._event_counts is None else self._event_counts.counts(),
            seconds=self._ended - self._began,
            error=one_line(error) if error is not None else limit,
            traceback=None if error is None else "".join(traceback.format_exception(error)),
            timed_out=timed_out,
            messages=self._logs.messages(),
        )


def run(module: ModuleType, dialect: Dialect, experiment: Any, options: RunOptions) -> Summary:
    """Run an experiment until it ends or its time is over."""
    started = StartedSweep(module, dialect, experiment, options)
    if options.timeout is not None:
        started.begin()
    return started.wait(options.timeout) or started.give_up()


def start(module: ModuleType, dialect: Dialect, experiment: Any, options: RunOptions) -> StartedSweep:
    """Start an experiment, on a thread if the target's `run` blocks."""
    started = StartedSweep(module, dialect, experiment, options)
    started.begin()
    return started
