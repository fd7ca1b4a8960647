"""Run an experiment on any target and say in plain words how it went."""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from pytest_optbench.errors import MissingFeatureError, TargetRaisedError
from pytest_optbench.text import one_line

from .dialect import Counts, Dialect, EventCallback, Launch, RunOptions
from .log_capture import capture_logs
from .survival import is_of_target, surviving
from .watch import HangInterrupt

GRACE = 10.0  # seconds that runs under way get to end after a sweep was cancelled
SHORTEST_NAP = 0.005


@dataclass(frozen=True)
class Summary:
    """How a sweep went, as the target counts it; an unanswered count is 0.

    `error` is one line where the sweep itself raised (single runs that fail are counted in `failed`), with
    its `traceback`. `events` counts the events by kind; it is empty where nobody asked for events. `messages`
    are the warnings that the target logged in this process. `seconds` is wall time, from the call to the last
    result.
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

    def sound(self) -> Summary:
        """This summary, where the target raised nothing; that the time was over is no error of its.

        Raises:
            TargetRaisedError: it did.
        """
        if self.error is not None and self.traceback is not None:
            raise TargetRaisedError(f"it raised {self.error}")
        return self


class EventCounts:
    """Counts events by kind on their way to whoever asked for them; safe from any thread."""

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
        """The events so far."""
        with self._lock:
            return dict(self._counts)


class StartedSweep:
    """A sweep that was started and not yet waited for."""

    def __init__(self, module: ModuleType, dialect: Dialect, experiment: Any, drive: RunOptions) -> None:
        self._tally = None if drive.on_event is None else EventCounts(drive.on_event)
        self._drive = drive
        self._launch: Launch | None = None
        self._failure: BaseException | None = None
        self._summary: Summary | None = None
        self._hearing = ExitStack()
        self._began = self._ended = time.perf_counter()
        self._heard = self._hearing.enter_context(capture_logs(module))
        self._hearing.enter_context(surviving())
        try:
            self._launch = dialect.launch(module, experiment, drive, self._tally)
        except BaseException as error:
            if not is_of_target(error):
                self._hearing.close()
                raise
            self._failure, self._ended = error, time.perf_counter()

    @property
    def results(self) -> Any:
        """What the target gave for the sweep's runs once it ended, in its own type; None where it gave nothing."""
        return None if self._launch is None else self._launch.results

    @property
    def status(self) -> Counts:
        """How far it is, as the target says."""
        return Counts() if self._launch is None else self._launch.counts()

    @property
    def lives(self) -> bool:
        """Whether it was started, and has not ended."""
        return self._launch is not None and not self._launch.is_complete()

    def cancel(self) -> None:
        """Cancel what has not begun.

        Raises:
            MissingFeatureError: the target's sweeps cannot be cancelled.
        """
        if self._launch is not None:
            self._launch.cancel()

    def wait(self, timeout: float | None = None) -> Summary | None:
        """Wait for the end; None where `timeout` seconds passed first, and the sweep goes on.

        An interrupt from the keyboard cancels the sweep and is raised again.
        """
        if self._summary is None and self._awaited(timeout):
            self._summary = self._finish(timed_out=False)
        return self._summary

    def give_up(self) -> Summary:
        """Cancel, let runs under way end for a few seconds, and say how far it came."""
        if self._summary is None:
            self._cancel_if_possible()
            self._awaited(GRACE)
            self._summary = self._finish(timed_out=True)
        return self._summary

    def begin(self) -> None:
        """Make it proceed in the background, on targets whose `run` blocks."""
        if self._launch is not None:
            self._launch.begin()

    def _awaited(self, timeout: float | None) -> bool:
        """Whether the sweep has ended, or may be waited for without a limit."""
        if timeout is None or self._launch is None:
            return True
        deadline = time.perf_counter() + timeout
        while not self._launch.is_complete():
            asked = time.perf_counter()
            self._launch.counts()  # some targets deliver events only when asked how far they are
            cost = time.perf_counter() - asked
            if time.perf_counter() >= deadline:
                return False
            time.sleep(min(max(SHORTEST_NAP, 10 * cost), max(0.0, deadline - time.perf_counter())))
        return True

    def _finish(self, *, timed_out: bool) -> Summary:
        with self._hearing:
            error = self._failure or self._settled(timed_out=timed_out)
            counts, late = self._counted()
        return self._told(counts, error or late, timed_out=timed_out)

    def _settled(self, *, timed_out: bool) -> BaseException | None:
        """Wait for the end and give everything back; returns what the target raised."""
        if self._launch is None:
            return None
        hung = False
        try:
            if not timed_out:
                self._launch.finish()
        except BaseException as error:
            if is_of_target(error):
                return error
            hung = isinstance(error, HangInterrupt)
            self._cancel_if_possible()
            raise
        finally:
            self._ended = time.perf_counter()
            self._launch.close(wait=not (timed_out or hung) or self._launch.is_complete())
        return None

    def _counted(self) -> tuple[Counts, BaseException | None]:
        try:
            return self.status, None
        except BaseException as error:
            if not is_of_target(error):
                raise
            return Counts(), error

    def _cancel_if_possible(self) -> None:
        try:
            self.cancel()
        except MissingFeatureError:
            return

    def _told(self, counts: Counts, error: BaseException | None, *, timed_out: bool) -> Summary:
        limit = f"not finished within {self._drive.timeout} s" if timed_out else None
        return Summary(
            total=counts.total,
            completed=counts.completed,
            skipped=counts.skipped,
            failed=counts.failed,
            events={} if self._tally is None else self._tally.counts(),
            seconds=self._ended - self._began,
            error=one_line(error) if error is not None else limit,
            traceback=None if error is None else "".join(traceback.format_exception(error)),
            timed_out=timed_out,
            messages=self._heard.messages(),
        )


def run(module: ModuleType, dialect: Dialect, experiment: Any, drive: RunOptions) -> Summary:
    """Run an experiment to its end, or until its time is over."""
    started = StartedSweep(module, dialect, experiment, drive)
    if drive.timeout is not None:
        started.begin()
    return started.wait(drive.timeout) or started.give_up()


def start(module: ModuleType, dialect: Dialect, experiment: Any, drive: RunOptions) -> StartedSweep:
    """Start an experiment; targets whose `run` blocks run it on a thread."""
    started = StartedSweep(module, dialect, experiment, drive)
    started.begin()
    return started
