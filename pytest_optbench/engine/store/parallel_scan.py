"""Sifting all runs of an experiment, where there are many by as many processes as there are cores.

Nearly all of the time goes into opening files. Threads would not help: they hand the interpreter lock to and fro at
every one of these short calls. So helper processes do a part, and take its shards from a pipe that all read, so that
nobody waits long for the last. What a helper does not do, whatever becomes of it, is done here.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final

from . import folder
from . import record_scan as script
from .record_scan import Sieve, Sifted, shards_in

WORTH_A_HELPER: Final = 10_000  # runs: 0.1 s of work, for a start of 15 ms
MOST_HELPERS: Final = 7  # more would wait for the disk
PATIENCE: Final = 60.0  # seconds for the last shard of a helper, against a hang


def sift(sieve: Sieve, shards: Sequence[str]) -> Iterator[Sifted]:
    """Yield what is found in each shard; raises `OSError` where this process cannot open one more file."""
    done = set()
    with contextlib.suppress(OSError):  # no room for a pipe or a process: then alone
        helpers = _helpers_for(sieve, shards)
        for sifted in _sift_together(sieve, shards, helpers) if helpers else ():
            done.add(sifted[0])
            yield sifted
    for shard in shards:
        if shard not in done:
            yield sieve.sift(shard)


def _helpers_for(sieve: Sieve, shards: Sequence[str]) -> int:
    """Return how many helpers are worth their start; runs are spread evenly over shards, so one tells of all."""
    if not shards or not _can_start():
        return 0
    runs = len(folder.names(f"{sieve.runs}/{shards[0]}")) * len(shards)
    return min(runs // WORTH_A_HELPER, _cores() - 1, MOST_HELPERS)


def _can_start() -> bool:
    """Tell whether a script can be started here without harm.

    The executable of a program that embeds Python is that program. And where another thread may fork, its child
    inherits the pipes of whatever is being started at that moment, and who started it waits for that child's end.
    """
    interpreter = PurePath(sys.executable or "").name.startswith(("python", "pypy"))
    return interpreter and not getattr(sys, "frozen", False) and threading.active_count() == 1


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _sift_together(sieve: Sieve, shards: Sequence[str], helpers: int) -> list[Sifted]:
    with _queue_of(shards) as queue, contextlib.ExitStack() as stack:
        with _interrupts_held():
            started = [stack.enter_context(_started(sieve, queue)) for _ in range(helpers)]
        found = [sieve.sift(shard) for shard in shards_in(queue)]
        return found + [sifted for helper in started for sifted in _reported(helper)]


@contextlib.contextmanager
def _queue_of(shards: Sequence[str]) -> Iterator[int]:
    """Give a pipe that holds the names of shards: half a kilobyte, of the 64 that a pipe takes."""
    queue, feed = os.pipe()
    try:
        try:
            os.write(feed, "".join(shards).encode())
        finally:
            os.close(feed)
        yield queue
    finally:
        os.close(queue)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Have Ctrl-C wait until what is being started is known; helpers never see it, for they end with us."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _started(sieve: Sieve, queue: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a helper on a queue of shards; at the end it is gone."""
    command: list[str | bytes] = [sys.executable, "-I", "-S", script.__file__, *sieve.arguments, str(os.getpid())]
    helper = subprocess.Popen(command, stdin=queue, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    with helper:
        try:
            yield helper
        finally:
            helper.kill()


def _reported(helper: subprocess.Popen[bytes]) -> list[Sifted]:
    """Wait for a helper and return what it found; nothing, unless it came to the end of its report.

    That it could not read a shard at all says nothing of the shard until we cannot either.
    """
    try:
        said, _ = helper.communicate(timeout=PATIENCE)
        found = json.loads(said)
    except (subprocess.TimeoutExpired, ValueError):
        return []
    sifted = [(shard, sound, [(where, _name(told)) for where, told in suspects]) for shard, sound, suspects in found]
    return [one for one in sifted if ("", one[0]) not in one[2]]


def _name(told: str) -> str:
    return os.fsdecode(told.encode("latin-1"))
