"""Threads that only contend for the GIL take turns, so two threads are no slower than one; both modes are tried.

Operations that wait, compute in numpy or write to a slow disk release the GIL, and overlap. Others do not: two threads
then pass the GIL back and forth at each of the short system calls between and inside operations, and are slower than
one. So a sweep measures its first runs: where all threads together keep only one core busy, the same number of runs is
executed in turns, and then the faster mode is kept. It is measured again later, since runs may change.

In its turn a thread executes runs for some milliseconds while the others wait, but never for long: a run may be waiting
for a run of another thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Final

TRIAL_RUNS: Final = 40  # runs for which a mode is tried
ONE_CORE_RANGE: Final = 0.8, 1.25  # busy cores where threads only wait for one another
FIRST_INTERVAL: Final = 400  # runs between the first two trials; twice as many from trial to trial
LONGEST_INTERVAL: Final = 10_000
TURN_SECONDS: Final = 0.02  # seconds that a thread works before the next thread's turn
MAX_WAIT: Final = 0.05  # seconds that a thread waits for its turn before it works without one

Mode = tuple[bool, int]  # whether threads take turns, and for how many runs
Clocks = tuple[float, float]  # seconds elapsed, and CPU seconds of all threads


class ThreadPacer:
    """Lets the threads of one sweep take turns where that is faster.

    Any thread may call `begin`; `ended` is for one thread at a time.
    """

    def __init__(self, clocks: Callable[[], Clocks] = lambda: (time.perf_counter(), time.process_time())) -> None:
        self.takes_turns = False
        self._clocks = clocks
        self._turn = threading.Lock()
        self._holder: int | None = None  # the thread that holds it
        self._until = 0.0
        self._trials = _trials()
        self._begin_trial(next(self._trials))

    def begin(self) -> None:
        """Wait for this thread's turn before a run, if threads take turns."""
        me = threading.get_ident()
        if self.takes_turns and self._holder != me and self._turn.acquire(timeout=MAX_WAIT):
            self._holder, self._until = me, self._clocks()[0] + TURN_SECONDS

    def ended(self, *, more: bool) -> None:
        """Count a run that has ended; end this thread's turn when its time is up or there is no `more` to do."""
        now, cpu = self._clocks()
        self._runs -= 1
        if self._runs == 0:
            began, before = self._since
            self._begin_trial(self._trials.send((now - began, cpu - before)))
        if self._holder == threading.get_ident() and not (more and self.takes_turns and now < self._until):
            self._holder = None
            self._turn.release()

    def _begin_trial(self, mode: Mode) -> None:
        self.takes_turns, self._runs = mode
        self._since = self._clocks()


def _trials() -> Generator[Mode, Clocks, None]:
    """Yield one mode after the other; receives the seconds that each took, and the CPU seconds in it."""
    interval = FIRST_INTERVAL
    while True:
        together, cpu = yield False, TRIAL_RUNS
        faster = False
        if ONE_CORE_RANGE[0] * together < cpu < ONE_CORE_RANGE[1] * together:
            turns, _ = yield True, TRIAL_RUNS
            faster = turns < together
        yield faster, interval
        interval = min(2 * interval, LONGEST_INTERVAL)
