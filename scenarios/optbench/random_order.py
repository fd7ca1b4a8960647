"""Drive a random order of a sweep that is too large to end, part by part, until the time is over."""

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
    """Drive parts of one random order of a sweep until `budget` seconds have passed; yields the audit of each.

    Each part is judged by its own executions: it has a witness file of its own, named with its first and last case.
    Where the store holds what earlier sessions drove of this order, their last cases are driven once more, which must
    execute nothing, and the parts go on from there. What was stored at any time has to be there at the end: a last
    look is yielded where something is not.
    """
    deadline = clock() + budget
    stored = set(successes_in(sweep, ctx))
    ctx = replace(ctx, resumable=bool(stored), shared=True)
    done = _driven_before(sweep, stored)
    if done:
        yield _drive_part(sweep, ctx, max(0, done - FIRST), done)
    for start, stop in spans(done, sweep.space.size, deadline, clock):
        audited = _drive_part(sweep, ctx, start, stop)
        stored |= audited.stored
        yield audited
    lost = sorted(stored - successes_in(sweep, ctx))
    if lost:
        gone = [Violation(KEPT, f"The run with key {key} was stored, and at the end it is not.", key) for key in lost]
        yield AuditResult(0, 0, 0.0, tuple(gone))


def spans(start: int, size: int, deadline: float, clock: Clock) -> Iterator[tuple[int, int]]:
    """The first case of each part, and the one after its last, from `start` up to `size` or until the deadline.

    The time between two of them is taken for that of the part: the next one gets at most a quarter of what is left.
    """
    count = FIRST
    while start < size:
        began, stop = clock(), min(start + count, size)
        yield start, stop
        now = clock()
        a_case = (now - began) / (stop - start)
        if deadline - now <= a_case:
            return
        start = stop
        count = max(1, int(LARGEST_SHARE * (deadline - now) / a_case)) if a_case else count


def _driven_before(sweep: Sweep, stored: Collection[str]) -> int:
    """How many cases of the order, from the first, are stored already."""
    if not stored:
        return 0
    order = sweep.random_slice(0, sweep.space.size).space
    first_replicates = (run_key(resolve({}, case.params), ROOT_SEED, 0) for case in order)
    return next((number for number, key in enumerate(first_replicates) if key not in stored), sweep.space.size)


def _drive_part(sweep: Sweep, ctx: SweepContext, start: int, stop: int) -> AuditResult:
    witness = ctx.witness.with_name(f"{ctx.witness.stem}.{start}-{stop}.jsonl")
    return run_and_audit(sweep.random_slice(start, stop), replace(ctx, witness=witness))
