"""Kill a sweep with its worker processes at random times, again and again, until its last start completes it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_optbench.drive.child_sweep import run_task
from pytest_optbench.stress.faults.random_mishaps import random_moment
from pytest_optbench.stress.process.process_group import members

NAP = 0.01
LONGEST_LIFE = 10.0  # seconds that a worker may outlive its sweep


def kill_and_complete(tasks: Sequence[Mapping[str, Any]], seconds: float, seed: int, first: int) -> dict[str, Any]:
    """Start the sweep of each task but the last in a fork and kill it, in the child; then complete it.

    The moment of a kill is drawn from `seed` and its number, counted from `first`, and lies within the seconds that an
    undisturbed sweep takes. Returns how many were `killed` before they ended, and how many processes were `orphans`.
    """
    own = {*members(os.getpgid(0))}
    killed = orphans = 0
    for number, task in enumerate(tasks[:-1], start=first):
        sweep = os.fork()
        if sweep == 0:
            try:
                run_task(task)
            finally:
                os._exit(0)
        time.sleep(random_moment(seed, number, seconds))
        os.kill(sweep, signal.SIGKILL)
        killed += os.waitstatus_to_exitcode(os.waitpid(sweep, 0)[1]) == -signal.SIGKILL
        orphans += _count_orphans(own)
    return {"killed": killed, "orphans": orphans, "summary": run_task(tasks[-1])}


def _count_orphans(own: set[int]) -> int:
    """Return how many processes of the sweep still live after some seconds, and end them."""
    deadline = time.monotonic() + LONGEST_LIFE
    while (left := {*members(os.getpgid(0))} - own) and time.monotonic() < deadline:
        time.sleep(NAP)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return len(left)
