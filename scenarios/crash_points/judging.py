"""Judge one point of a walk: what the fault did, and whether the sweep that was run again mended it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_optbench.drive.fault_walk import Walked
from pytest_optbench.drive.uninterrupted import Uninterrupted
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.audit.reconcile import SUCCESS
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import WITNESS_METRIC

LIKE = promise("crash-points.like-uninterrupted")
RESUMES = promise("crash-points.resumes")
LEFT = promise("crash-points.nothing-left-over")
DONE = promise("crash-points.done-is-done")
REPORTED = promise("crash-points.reported-is-stored")
SHOWN = promise("crash-points.errors-are-shown")
HANGS = promise("crash-points.no-hang")
CHANGING = re.compile(r"(?<=\.tmp\.)\w+|[0-9a-f]{8,}|\d+|'[^']*'|\{.*|\[.*")


@dataclass(frozen=True)
class Defect:
    """A broken promise at one point, in a sentence."""

    promise: Promise
    text: str

    @property
    def symptom(self) -> str:
        """The text without what differs from run to run: equal for one defect at different points."""
        return CHANGING.sub("*", self.text)


def defects_at(walked: Walked, uninterrupted: Uninterrupted) -> Iterator[Defect]:
    """Yield the defects at one point."""
    if walked.hung:
        yield Defect(HANGS, f"{walked.hung} did not end ({walked.end}; {walked.resume_end})")
        return
    yield from _after_the_fault(walked, uninterrupted)
    if walked.resumed is None or walked.resumed.error is not None:
        how = walked.resume_end if walked.resumed is None else f"it raised {walked.resumed.error}"
        yield Defect(RESUMES, f"the sweep that was run again did not end: {how}")
        return
    repeated = _repeated(walked, uninterrupted)
    if repeated:
        yield Defect(DONE, f"run {repeated[0]} was stored as a success, and was executed again")
    for difference in uninterrupted.differences(walked.ctx):
        yield Defect(LIKE, f"after the sweep was run again, {difference}")
    for leftover in uninterrupted.leftovers(walked.ctx):
        yield Defect(LEFT, leftover)


def _after_the_fault(walked: Walked, uninterrupted: Uninterrupted) -> Iterator[Defect]:
    """Yield what was wrong before the sweep was run again."""
    lost = sorted(run_id for run_id in walked.reported if walked.found.get(run_id) != SUCCESS)
    if lost:
        stored = walked.found.get(lost[0], "not at all")
        yield Defect(REPORTED, f"run {lost[0]} was reported as finished, and is stored as {stored}")
    first = walked.first
    if first is None:
        return
    successes = sum(status == SUCCESS for status in walked.found.values())
    claimed = first.completed + first.skipped
    if claimed > successes:
        yield Defect(REPORTED, f"the sweep counts {claimed} successes, and {successes} are stored")
    missing = uninterrupted.sweep.runs - successes
    failed = sum(status not in (SUCCESS, "running") for status in walked.found.values())
    if first.error is None and missing > max(failed, first.failed):
        kept = f"{failed} are stored as failed" if failed else "no record says so"
        yield Defect(SHOWN, f"{missing} runs have no result, {kept}, and the sweep ended without an error")


def _repeated(walked: Walked, uninterrupted: Uninterrupted) -> list[str]:
    """Return the ids of stored successes that were executed again."""
    keys = {run.metrics.get(WITNESS_METRIC): run.run_id for run in uninterrupted.content.runs}
    before = walked.ctx.session
    executed = {execution.key for execution in read(walked.ctx.witness) if execution.session != before}
    return sorted(run_id for key, run_id in keys.items() if key in executed and walked.found.get(run_id) == SUCCESS)
