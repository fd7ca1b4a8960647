"""A random order of a sweep that is too large to finish, run part by part until the budget is spent."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from pytest_optbench.benchmark.resolver import resolve
from pytest_optbench.benchmark.sweep import ROOT_SEED, Sweep
from pytest_optbench.drive.run_and_audit import AuditResult, run_and_audit, successes_in
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.audit.promises import KEPT, Violation
from pytest_optbench.stress.witness.witness import run_key

FIRST = 16  # cases of the first part
LARGEST_SHARE = 0.25  # of the time left, for one part
Clock = Callable[[], float]


def run_random_parts(
    sweep: Sweep, ctx: SweepContext, budget: float, clock: Clock = time.monotonic
) -> Iterator[AuditResult]:
    """Run parts of one random order of a sweep until `budget` seconds have passed; yields the audit of each.

    Each part is audited by its own executions, in a witness file named with its first and last case. If the store
    holds cases of this order from earlier sessions, the last of these run once more, which must execute nothing, and
    the parts continue after them. Runs that were stored at any time must be stored at the end: if one is not, a last
    audit with that violation is yielded.
    """
    deadline = clock() + budget
    stored = set(successes_in(sweep, ctx))
    ctx = replace(ctx, resumable=bool(stored), shared=True)
    finished = _count_stored_cases(sweep, stored)
    if finished:
        yield _run_part(sweep, ctx, max(0, finished - FIRST), finished)
    for start, stop in spans(finished, sweep.space.size, deadline, clock):
        audited = _run_part(sweep, ctx, start, stop)
        stored |= audited.stored
        yield audited
    lost = sorted(stored - successes_in(sweep, ctx))
    if lost:
        violations = [
            Violation(KEPT, f"The run with key {key} was stored during the sweep, but not at its end.", key)
            for key in lost
        ]
        yield AuditResult(0, 0, 0.0, tuple(violations))


def spans(start: int, size: int, deadline: float, clock: Clock) -> Iterator[tuple[int, int]]:
    """Yield the first case of each part, and the case after its last, from `start` to `size` or until the deadline.

    The time until the next part is requested is that of the part; each part gets at most a quarter of the time left.
    """
    count = FIRST
    while start < size:
        started, stop = clock(), min(start + count, size)
        yield start, stop
        now = clock()
        seconds_per_case = (now - started) / (stop - start)
        if deadline - now <= seconds_per_case:
            return
        start = stop
        count = max(1, int(LARGEST_SHARE * (deadline - now) / seconds_per_case)) if seconds_per_case else count


def _count_stored_cases(sweep: Sweep, stored: Collection[str]) -> int:
    """Count the cases of the order, from the first, that are stored already."""
    if not stored:
        return 0
    order = sweep.random_slice(0, sweep.space.size).space
    first_replicates = (run_key(resolve({}, case.params), ROOT_SEED, 0) for case in order)
    return next((number for number, key in enumerate(first_replicates) if key not in stored), sweep.space.size)


def _run_part(sweep: Sweep, ctx: SweepContext, start: int, stop: int) -> AuditResult:
    witness = ctx.witness.with_name(f"{ctx.witness.stem}.{start}-{stop}.jsonl")
    return run_and_audit(sweep.random_slice(start, stop), replace(ctx, witness=witness))
