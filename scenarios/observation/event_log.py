"""The log of a listener, and checks of events, status counts and logs of runs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import Violation

ONCE = promise("observation.reported-once")
IN_ORDER = promise("observation.in-order")
NONE_AFTER = promise("observation.none-after-the-end")
ADD_UP = promise("observation.counts-add-up")
PROGRESS = promise("observation.progress")
LINES = promise("observation.whole-log")
OWN_LINES = promise("observation.own-log")
ENDINGS: Mapping[str, str] = {"success": "run_finished", "failed": "run_failed", "skipped": "run_skipped"}


@dataclass
class EventLog:
    """A listener that keeps the events it receives, as (kind, run id), in order."""

    events: list[tuple[str, str | None]] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    is_over: bool = False
    lock: Any = field(default_factory=threading.Lock)

    def __call__(self, event: Any) -> None:
        """Keep an event."""
        kind = str(getattr(event.kind, "value", event.kind))
        with self.lock:
            self.events.append((kind, event.run_id))
            if self.is_over:
                self.late.append(kind)
            details = getattr(event, "data", None) or getattr(event, "payload", None) or {}
            if kind == "progress" and "total" in details:
                self.progress.append((_count_done(details), int(details["total"])))

    def close(self) -> None:
        """Mark the sweep as over: events received from now on are late."""
        with self.lock:
            self.is_over = True


def _count_done(details: Mapping[str, Any]) -> int:
    if "current" in details:
        return int(details["current"])
    return sum(int(details.get(name, 0)) for name in ("completed", "failed", "skipped", "cancelled"))


def check_events(log: EventLog, endings: Mapping[str, str]) -> Iterator[Violation]:
    """Yield the violations in the events of a sweep; `endings` maps each run id to success, failed or skipped."""
    for kind in ENDINGS.values():
        reported = Counter(str(run_id) for which, run_id in log.events if which == kind)
        expected = Counter(run_id for run_id, ending in endings.items() if ENDINGS[ending] == kind)
        if reported != expected:
            run = next(iter((reported - expected) + (expected - reported)))
            message = f"{kind} was reported {reported[run]} times for run {run}, not {expected[run]} times."
            yield Violation(ONCE, message, run_id=str(run), where=kind)
    yield from _check_order(log.events, endings)
    if log.late:
        yield Violation(NONE_AFTER, f"{len(log.late)} events came after the end, the first {log.late[0]}.")
    done = [count for count, _ in log.progress]
    totals = {total for _, total in log.progress}
    if log.progress and (done != sorted(done) or done[-1] != len(endings) or totals != {len(endings)}):
        message = f"{len(endings)} runs: the last progress says {done[-1]} of {sorted(totals)}."
        yield Violation(PROGRESS, message, expected=str(len(endings)), found=str(done[-1]))


def _check_order(reported: Sequence[tuple[str, str | None]], endings: Mapping[str, str]) -> Iterator[Violation]:
    """Yield runs with an event after their end, or without a start event where other runs have one."""
    with_start = any(kind == "run_started" for kind, _ in reported)
    ended: set[str | None] = set()
    started: Counter[str | None] = Counter()
    for kind, run_id in reported:
        if run_id in ended:
            yield Violation(IN_ORDER, f"Run {run_id}: {kind} came after its end.", run_id=str(run_id), where=kind)
        started[run_id] += kind == "run_started"
        if kind in ENDINGS.values():
            ended.add(run_id)
            executed = endings.get(str(run_id)) in ("success", "failed")
            if with_start and executed and started[run_id] != 1:
                message = f"Run {run_id} was started {started[run_id]} times before its end."
                yield Violation(IN_ORDER, message, run_id=str(run_id), where="run_started")


def check_status(seen: Sequence[Any], planned: int, ends: Mapping[str, int]) -> Iterator[Violation]:
    """Yield the violations in a sequence of status counts; `ends` are the expected counts at the end."""
    counters = ("completed", "failed", "skipped")
    for before, after in pairwise(seen):
        decreased = [name for name in counters if getattr(after, name) < getattr(before, name)]
        if decreased:
            yield Violation(ADD_UP, f"{decreased[0]} decreased: {before}, then {after}.", where=decreased[0])
    for status in seen:
        parts = [getattr(status, name) for name in (*counters, "running", "pending")]
        if min(parts) < 0 or status.total > planned or sum(parts) > planned:
            yield Violation(ADD_UP, f"Of {planned} runs the status says {status}.")
    if seen:
        last = {name: getattr(seen[-1], name) for name in ("total", *counters)}
        if last != {"total": planned, **ends}:
            yield Violation(ADD_UP, f"At the end: expected {ends} of {planned}, found {last}.", found=str(last))


def check_log(
    text: str | None, expected: Sequence[tuple[str, str]], others: Collection[str], run_id: str
) -> Iterator[Violation]:
    """Yield the violations in the log of a run: lines missing, repeated, reordered, without their level, or foreign.

    `expected` are level and text of each line in order, `others` texts that only lines of other runs contain.
    """
    lines = (text or "").splitlines()
    found = [(level, logged, line) for line in lines for level, logged in expected if line.endswith(logged)]
    if [logged for _, logged, _ in found] != [planned for _, planned in expected]:
        kept = len({logged for _, logged, _ in found})
        message = f"Run {run_id}: {kept} of its {len(expected)} lines are in its log, in {len(found)} places."
        yield Violation(LINES, message, run_id=run_id, expected=str(len(expected)), found=str(len(found)))
    without_level = [line for level, logged, line in found if level.upper() not in line.removesuffix(logged).upper()]
    if without_level:
        yield Violation(LINES, f"Run {run_id}: no level in the line {without_level[0]!r}.", run_id=run_id)
    foreign = [line for line in lines if any(other in line for other in others)]
    if foreign:
        message = f"The log of run {run_id} holds {len(foreign)} lines of other runs: {foreign[0]!r}."
        yield Violation(OWN_LINES, message, run_id=run_id)
