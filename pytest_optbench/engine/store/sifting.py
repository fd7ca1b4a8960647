"""Sifting all runs of an experiment, where there are many by as many processes as there are cores.

Nearly all of the time goes into opening files. Threads would not help: they hand the interpreter lock to and fro at
every one of these short calls. So helper processes do a part, and take its shards from a pipe that all read, so that
nobody waits long for the last. What a helper does not do, whatever becomes of it, is done here.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_optbench.engine import sieve as script
from pytest_optbench.engine.sieve import Sieve, Sifted

from . import folder

WORTH_A_HELPER: Final = 10_000  # runs: 0.1 s of work, for a start of 15 ms
MOST_HELPERS: Final = 7  # more would wait for the disk


def sift(sieve: Sieve, shards: Sequence[str]) -> list[Sifted]:
    """Return what is found in each shard; raises `OSError` where this process cannot open one more file."""
    helpers = _helpers_for(sieve, shards)
    found = _sift_together(sieve, shards, helpers) if helpers else []
    missing = set(shards).difference(shard for shard, _, _ in found)
    return found + [sieve.sift(shard) for shard in sorted(missing)]


def _helpers_for(sieve: Sieve, shards: Sequence[str]) -> int:
    """Return how many helpers are worth their start; runs are spread evenly over shards, so one tells of all."""
    if not shards:
        return 0
    runs = len(folder.names(f"{sieve.runs}/{shards[0]}")) * len(shards)
    return min(runs // WORTH_A_HELPER, _cores() - 1, MOST_HELPERS)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _sift_together(sieve: Sieve, shards: Sequence[str], helpers: int) -> list[Sifted]:
    with _queue_of(shards) as queue, contextlib.ExitStack() as stack:
        started: list[subprocess.Popen[bytes]] = []
        with contextlib.suppress(OSError):  # no interpreter to start, or no room for one more process
            while len(started) < helpers:
                started.append(stack.enter_context(_started(sieve, queue)))
        found = list(sieve.sift_queue(queue, os.getppid()))
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
def _started(sieve: Sieve, queue: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a helper on a queue of shards; at the end it is gone."""
    command: list[str | bytes] = [sys.executable, "-I", "-S", script.__file__, *sieve.arguments]
    helper = subprocess.Popen(command, stdin=queue, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    with helper:
        try:
            yield helper
        finally:
            helper.kill()


def _reported(helper: subprocess.Popen[bytes]) -> list[Sifted]:
    """Wait for a helper and return what it found: nothing unless it came to its end."""
    said, _ = helper.communicate()
    try:
        found = json.loads(said)
    except ValueError:  # it died
        return []
    return [(shard, sound, [(where, name) for where, name in suspects]) for shard, sound, suspects in found]
