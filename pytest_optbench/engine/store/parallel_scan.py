"""The scan of all runs of an experiment; where there are many, by one process for each core.

Opening files takes nearly all of the time. Threads would not help: they pass the GIL back and forth at each of these
short calls. So helper processes scan some of the shards, which all processes take from one pipe, so that all end at
about the same time. Shards for which a helper reports nothing are scanned here.
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
from .record_scan import RecordScanner, ScanResult, shards_in

WORTH_A_HELPER: Final = 10_000  # runs: 0.1 s of work, for a start of 15 ms
MOST_HELPERS: Final = 7  # more would wait for the disk
HELPER_TIMEOUT: Final = 60.0  # seconds for the last shard of a helper, against a hang


def scan(scanner: RecordScanner, shards: Sequence[str]) -> Iterator[ScanResult]:
    """Yield the result for each shard.

    Raises:
        OSError: a record cannot be read, which is no proof that it is damaged.
    """
    done = set()
    with contextlib.suppress(OSError):  # a pipe or a process cannot be made: continue alone
        helpers = _helpers_for(scanner, shards)
        for result in _scan_together(scanner, shards, helpers) if helpers else ():
            done.add(result[0])
            yield result
    for shard in shards:
        if shard not in done:
            yield scanner.scan(shard)


def _helpers_for(scanner: RecordScanner, shards: Sequence[str]) -> int:
    """Return how many helpers are worth starting; runs are spread evenly over shards, so one shard is counted."""
    if not shards or not _can_start():
        return 0
    runs = len(folder.names(f"{scanner.runs}/{shards[0]}")) * len(shards)
    return min(runs // WORTH_A_HELPER, _cores() - 1, MOST_HELPERS)


def _can_start() -> bool:
    """Return whether helper processes can be started safely.

    They cannot in a program that embeds Python, where `sys.executable` is that program, nor next to other threads: the
    child of a thread that forks would inherit a helper's pipes, and reading them would wait for that child's end.
    """
    interpreter = PurePath(sys.executable or "").name.startswith(("python", "pypy"))
    return interpreter and not getattr(sys, "frozen", False) and threading.active_count() == 1


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _scan_together(scanner: RecordScanner, shards: Sequence[str], helpers: int) -> list[ScanResult]:
    with _queue_of(shards) as queue, contextlib.ExitStack() as stack:
        with _interrupts_held():
            started = [stack.enter_context(_started(scanner, queue)) for _ in range(helpers)]
        found = [scanner.scan(shard) for shard in shards_in(queue)]
        return found + [result for helper in started for result in _reported(helper)]


@contextlib.contextmanager
def _queue_of(shards: Sequence[str]) -> Iterator[int]:
    """Open a pipe that holds the names of the shards: half a kilobyte; a pipe holds 64."""
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
    """Hold back Ctrl-C until the helpers are started and known; helpers never see it, they end with this process."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _started(scanner: RecordScanner, queue: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a helper on a queue of shards; kill it at the end."""
    command: list[str | bytes] = [sys.executable, "-I", "-S", script.__file__, *scanner.arguments, str(os.getpid())]
    helper = subprocess.Popen(command, stdin=queue, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    with helper:
        try:
            yield helper
        finally:
            helper.kill()


def _reported(helper: subprocess.Popen[bytes]) -> list[ScanResult]:
    """Wait for a helper and return its results; nothing if its report is incomplete.

    A shard that the helper could not read is left out: it is scanned here, in this process.
    """
    try:
        output, _ = helper.communicate(timeout=HELPER_TIMEOUT)
        found = json.loads(output)
    except (subprocess.TimeoutExpired, ValueError):
        return []
    results = [(shard, sound, [(where, _name(name)) for where, name in suspects]) for shard, sound, suspects in found]
    return [one for one in results if ("", one[0]) not in one[2]]


def _name(name: str) -> str:
    return os.fsdecode(name.encode("latin-1"))
