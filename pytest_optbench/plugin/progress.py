"""Live progress on long loads, from the witness files of all workers."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from pytest_optbench.report.wording import count
from pytest_optbench.stress.witness.follow import WitnessCounts, WitnessFollower
from pytest_optbench.text import duration

from .planned import Part

QUIET_SECONDS = 5.0
TERMINAL_SECONDS = 5.0
LOG_SECONDS = 30.0
LOOK_SECONDS = 1.0
LONG_SECONDS = 10.0  # a part that runs for so long is named
WINDOW_SECONDS = 60.0  # a rate is that of the last minute: older runs say little about the remaining ones


@dataclass(frozen=True)
class Running:
    """A part that runs: for how many seconds it has, and how many its load takes in all, if the clock ends it."""

    part: Part
    seconds: float
    budget: float | None = None


@dataclass(frozen=True)
class Work:
    """The parts of a session, how many of them are done after how many seconds, and those that run now."""

    parts: Sequence[Part]
    done: int
    seconds: float = 0.0
    running: Sequence[Running] = ()


class Ticker:
    """A thread that writes a line of progress at intervals, while its context is open.

    It writes nothing in the first seconds, so that short sessions look as usual. `work` returns the parts of the
    session; it is called each time, because workers report them only after collection.
    """

    def __init__(
        self, witnesses: Path, session: str, reporter: pytest.TerminalReporter, work: Callable[[], Work]
    ) -> None:
        self._reporter = reporter
        self._every = TERMINAL_SECONDS if reporter.isatty else LOG_SECONDS
        self._progress = WitnessFollower(witnesses, session)
        self._work = work
        self._pace = Pace()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="optbench-progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _tick(self) -> None:
        next_line = time.monotonic() + QUIET_SECONDS
        while not self._stop.wait(LOOK_SECONDS):
            total = self._progress.poll()
            self._pace.note(time.monotonic(), total.finished)
            if time.monotonic() >= next_line:
                self._write(total)
                next_line = time.monotonic() + self._every

    def _write(self, total: WitnessCounts) -> None:
        work = self._work()
        waiting, unknown = still_waiting(self._progress.groups(), work)
        planned, done = total.planned - total.stored + waiting, total.finished
        sweeps = progress_line(planned, done, self._pace.rate, unknown=unknown) if 0 < done < planned else ""
        details = ", ".join(filter(None, (sweeps, part_line(work, alone=not sweeps or unknown))))
        if details:
            self._reporter.ensure_newline()
            self._reporter.write_line(f"optbench: {work.done:,} of {count(len(work.parts), 'part')}, {details}")


class Pace:
    """The rate of finished runs: since the first execution, and later over the last minute."""

    def __init__(self, window: float = WINDOW_SECONDS) -> None:
        self._window = window
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, done: int) -> None:
        """Record the number of runs that have finished by now."""
        if done == 0:
            self._seen.clear()  # the time before the first execution does not count
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] <= now - self._window:
            self._seen.popleft()

    @property
    def rate(self) -> float:
        """Runs per second; 0 if none finished."""
        (began, before), (now, done) = self._seen[0], self._seen[-1]
        return (done - before) / (now - began) if now > began else 0.0


def still_waiting(started_groups: Mapping[str, Sequence[WitnessCounts]], work: Work) -> tuple[int, bool]:
    """Return how many runs the shards that have not started will plan, and whether that is unknown for some parts.

    A sharded load is a number of runs, dealt evenly; that of a sweep of the command line is known from started shards.
    """
    members: dict[str, list[Part]] = {}
    for part in work.parts:
        members.setdefault(part.group, []).append(part)
    runs, known = 0, 0
    for group, parts in members.items():
        started = [counts.planned for counts in started_groups.get(group, ()) if counts.planned]
        missing = len(parts) - len(started)
        if parts[0].shards > 1 and missing > 0 and (parts[0].size or started):
            each = parts[0].size / parts[0].shards if parts[0].size else sum(started) / len(started)
            runs += round(missing * each)
            known += len(parts)
        elif started:
            known += len(started)
    return runs, known + work.done < len(work.parts)


def progress_line(planned: int, done: int, rate: float, *, unknown: bool = False) -> str:
    """Return the finished runs, the rate and the remaining time in one line; `unknown` parts hide that time."""
    left = f", {duration((planned - done) / rate)} left" if rate and not unknown else ""
    pace = f"{rate:,.1f} runs/s" if rate else f"none in the last {duration(WINDOW_SECONDS)}"
    return f"{done:,} of {planned:,} runs{' so far' if unknown else ''} ({done / planned:.0%}), {pace}{left}"


def part_line(work: Work, *, alone: bool = True) -> str:
    """Return the part that has run longest, if that is long, and the remaining time; "" if there is no such part.

    `alone` means that no sweep says how much is left: then it is what the clock leaves to a part that ends by it, or
    what the remaining parts take if they are like those that are done.
    """
    longest = max(work.running, key=lambda each: each.seconds, default=None)
    if longest is None or longest.seconds < LONG_SECONDS:
        return ""
    part = longest.part
    named = f"{part.point} {part.case} [{part.intensity}] for {duration(longest.seconds)}"
    if not alone:
        return named
    if longest.budget is not None and longest.seconds < longest.budget:
        return f"{named}, {duration(longest.budget - longest.seconds)} left of its budget"
    if not 0 < work.done < len(work.parts):
        return named
    left = work.seconds / work.done * (len(work.parts) - work.done)
    return f"{named}, about {duration(left)} left if the others are like those done"
