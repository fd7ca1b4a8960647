"""What listeners and status queries saw of a sweep, and what is wrong with it."""

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
    """A listener that keeps what it hears, as (kind, run id), in the order in which it heard it."""

    heard: list[tuple[str, str | None]] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    is_over: bool = False
    lock: Any = field(default_factory=threading.Lock)

    def __call__(self, event: Any) -> None:
        """Keep one event of a target."""
        kind = str(getattr(event.kind, "value", event.kind))
        with self.lock:
            self.heard.append((kind, event.run_id))
            if self.is_over:
                self.late.append(kind)
            details = getattr(event, "data", None) or getattr(event, "payload", None) or {}
            if kind == "progress" and "total" in details:
                self.progress.append((_done(details), int(details["total"])))

    def close(self) -> None:
        """Note that the sweep is over: what is heard from now on is late."""
        with self.lock:
            self.is_over = True


def _done(details: Mapping[str, Any]) -> int:
    if "current" in details:
        return int(details["current"])
    return sum(int(details.get(name, 0)) for name in ("completed", "failed", "skipped", "cancelled"))


def check_events(log: EventLog, endings: Mapping[str, str]) -> Iterator[Violation]:
    """Yield what is wrong with the events of a sweep; `endings` maps each run id to success, failed or skipped."""
    for kind in ENDINGS.values():
        heard = Counter(str(run_id) for which, run_id in log.heard if which == kind)
        wanted = Counter(run_id for run_id, ending in endings.items() if ENDINGS[ending] == kind)
        if heard != wanted:
            odd = next(iter((heard - wanted) + (wanted - heard)))
            message = f"{kind} was heard {heard[odd]} times for run {odd}, not {wanted[odd]} times."
            yield Violation(ONCE, message, run_id=str(odd), where=kind)
    yield from _check_order(log.heard, endings)
    if log.late:
        yield Violation(NONE_AFTER, f"{len(log.late)} events came after the end, the first {log.late[0]}.")
    done = [count for count, _ in log.progress]
    totals = {total for _, total in log.progress}
    if log.progress and (done != sorted(done) or done[-1] != len(endings) or totals != {len(endings)}):
        message = f"{len(endings)} runs: the last progress says {done[-1]} of {sorted(totals)}."
        yield Violation(PROGRESS, message, expected=str(len(endings)), found=str(done[-1]))


def _check_order(heard: Sequence[tuple[str, str | None]], endings: Mapping[str, str]) -> Iterator[Violation]:
    """Yield runs of which something was heard after the end, or a start that is missing where others have one."""
    with_start = any(kind == "run_started" for kind, _ in heard)
    ended: set[str | None] = set()
    started: Counter[str | None] = Counter()
    for kind, run_id in heard:
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
    """Yield what is wrong with the counts that were seen in turn; `ends` are those at the end."""
    counted = ("completed", "failed", "skipped")
    for before, after in pairwise(seen):
        fallen = [name for name in counted if getattr(after, name) < getattr(before, name)]
        if fallen:
            yield Violation(ADD_UP, f"{fallen[0]} went back: {before}, then {after}.", where=fallen[0])
    for one in seen:
        parts = [getattr(one, name) for name in (*counted, "running", "pending")]
        if min(parts) < 0 or one.total > planned or sum(parts) > planned:
            yield Violation(ADD_UP, f"Of {planned} runs the status says {one}.")
    if seen:
        last = {name: getattr(seen[-1], name) for name in ("total", *counted)}
        if last != {"total": planned, **ends}:
            yield Violation(ADD_UP, f"At the end: expected {ends} of {planned}, found {last}.", found=str(last))


def check_log(
    text: str | None, wanted: Sequence[tuple[str, str]], others: Collection[str], run_id: str
) -> Iterator[Violation]:
    """Yield what is wrong with the log of a run: lines missing, repeated, reordered, without their level, or foreign.

    `wanted` are level and text of each line in order, `others` what only lines of other runs hold.
    """
    lines = (text or "").splitlines()
    found = [(level, said, line) for line in lines for level, said in wanted if line.endswith(said)]
    if [said for _, said, _ in found] != [said for _, said in wanted]:
        kept = len({said for _, said, _ in found})
        message = f"Run {run_id}: {kept} of its {len(wanted)} lines are in its log, in {len(found)} places."
        yield Violation(LINES, message, run_id=run_id, expected=str(len(wanted)), found=str(len(found)))
    bare = [line for level, said, line in found if level.upper() not in line.removesuffix(said).upper()]
    if bare:
        yield Violation(LINES, f"Run {run_id}: no level in the line {bare[0]!r}.", run_id=run_id)
    foreign = [line for line in lines if any(other in line for other in others)]
    if foreign:
        message = f"The log of run {run_id} holds {len(foreign)} lines of other runs: {foreign[0]!r}."
        yield Violation(OWN_LINES, message, run_id=run_id)
