"""Whether the threads of a sweep work side by side or by turns: found out by trying both.

Operations that wait, compute in numpy or write to a slow disk let go of the interpreter lock, and overlap. Others do
not, and then two threads hand the lock to and fro at each of the short system calls between and inside them, and are
slower than one. So a sweep looks at its first runs: where all threads together keep just one core busy, it goes on by
turns for as many, and then in the way that was faster. Later it looks again, for runs may change.

By turns a thread executes runs for some milliseconds while the others wait for theirs, but never for long: a run may
be waiting for one of another thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Final

TRIAL: Final = 40  # runs in which a way is tried
ONE_CORE: Final = 0.8, 1.25  # cores that are busy where threads do nothing but wait for one another
KEPT: Final = 400  # runs between the first two trials; twice as many from trial to trial
LONGEST: Final = 10_000
STINT: Final = 0.02  # seconds that a thread works before it is another's turn
PATIENCE: Final = 0.05  # seconds that a thread waits for its turn; then it works all the same

Way = tuple[bool, int]  # whether by turns, and for how many runs
Clocks = tuple[float, float]  # seconds that have passed, and that all threads have computed


class Pace:
    """The way in which the threads of one sweep work; `begin` is for any of them, `ended` for one at a time."""

    def __init__(self, clocks: Callable[[], Clocks] = lambda: (time.perf_counter(), time.process_time())) -> None:
        self.by_turns = False
        self._clocks = clocks
        self._turn = threading.Lock()
        self._whose: int | None = None  # the thread that holds it
        self._until = 0.0
        self._trials = _trials()
        self._begin_trial(next(self._trials))

    def begin(self) -> None:
        """Wait for this thread's turn, if there are turns, before a run."""
        me = threading.get_ident()
        if self.by_turns and self._whose != me and self._turn.acquire(timeout=PATIENCE):
            self._whose, self._until = me, self._clocks()[0] + STINT

    def ended(self, *, more: bool) -> None:
        """Count a run that has ended, and give up this thread's turn when it is over or there is no `more` to do."""
        now, computed = self._clocks()
        self._runs -= 1
        if self._runs == 0:
            began, before = self._since
            self._begin_trial(self._trials.send((now - began, computed - before)))
        if self._whose == threading.get_ident() and not (more and self.by_turns and now < self._until):
            self._whose = None
            self._turn.release()

    def _begin_trial(self, way: Way) -> None:
        self.by_turns, self._runs = way
        self._since = self._clocks()


def _trials() -> Generator[Way, Clocks, None]:
    """Yield a way after the other; gets the seconds that it took, and those that were computed in it."""
    kept = KEPT
    while True:
        together, computed = yield False, TRIAL
        faster = False
        if ONE_CORE[0] * together < computed < ONE_CORE[1] * together:
            turns, _ = yield True, TRIAL
            faster = turns < together
        yield faster, kept
        kept = min(2 * kept, LONGEST)
