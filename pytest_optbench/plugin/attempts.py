"""Derive the outcome of an item from its test reports: reruns, dead workers, fixtures that raised, `--dist each`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pytest_optbench.report.outcome import DECIDED, PROPERTY, ItemOutcome, from_properties
from pytest_optbench.report.rows import merge_outcomes

from .collection import KNOWN
from .planned import Part

WORKER_DIED = "???"  # the phase that xdist reports for an item whose worker process died
DIED = "the xdist worker that ran it died; a scenario must not harm its worker"
NO_VERDICT = "it has no verdict: a scenario takes the fixture `scenario` and records there what it found"
LONGEST = 500  # characters of the message of an exception
Key = tuple[str, str]


@dataclass
class Attempts:
    """The outcome of each item so far, from the reports of each worker that ran it.

    `each` means that every worker runs every item (`--dist each`); else an item that is reported again was rerun, and
    its last attempt counts. `part_of` returns the part of a scenario's item, None for other items.
    """

    part_of: Callable[[str], Part | None]
    each: bool = False
    last: dict[Key, ItemOutcome] = field(default_factory=dict)
    failed_before: dict[Key, ItemOutcome] = field(default_factory=dict)
    passed_although_broken: set[Key] = field(default_factory=set)
    lines: dict[str, int] = field(default_factory=dict)
    _carried_before: dict[Key, list[object]] = field(default_factory=dict)

    def add(self, report: pytest.TestReport) -> None:
        """Add the report of one phase of one item."""
        key = report.nodeid, _worker(report) if self.each else ""
        outcome = self._outcome(key, report)
        self._carried_before[key] = _carried(report)
        if outcome is None:
            return
        self.lines[report.nodeid] = report.location[1] or 0
        if _is_rerun(report):
            self.failed_before[key] = outcome
        self.last[key] = outcome
        if report.when == "call" and outcome.verdict == "breaks" and _passes_although_broken(report):
            self.passed_although_broken.add(key)
        elif report.when == "call":
            self.passed_although_broken.discard(key)

    def outcomes(self) -> dict[str, ItemOutcome]:
        """Return the outcome of every item, by node id."""
        by_item: dict[str, list[ItemOutcome]] = {}
        for key, outcome in self.last.items():
            by_item.setdefault(key[0], []).append(self._with_flakiness(key, outcome))
        return {nodeid: merge_outcomes(outcomes) for nodeid, outcomes in by_item.items()}

    @property
    def hides_break(self) -> bool:
        """Whether an item broke a promise and its test did not fail: the exit status would hide that."""
        return bool(self.passed_although_broken)

    def _outcome(self, key: Key, report: pytest.TestReport) -> ItemOutcome | None:
        """Return the outcome of the item after this phase; None if it is unchanged or not a scenario."""
        carried = from_properties(report.user_properties)
        if report.when == "setup" and _carried(report) == self._carried_before.get(key, []):
            carried = None  # from the previous attempt
        if report.when == "teardown":
            carried = self.last.get(key, carried)
            return _with_other_failure(carried, report) if carried is not None and _is_failed(report) else None
        if carried is not None:
            return _with_other_failure(carried, report) if _is_failed(report) else carried
        return self._outcome_without_scenario(report)

    def _outcome_without_scenario(self, report: pytest.TestReport) -> ItemOutcome | None:
        """Return an outcome for a scenario that did not record one itself."""
        if report.when == "setup" and report.passed:
            return None
        part = self.part_of(report.nodeid) or _part_from_name(report)
        if part is None:
            return None
        if report.when == WORKER_DIED:
            note = DIED
        elif report.skipped:
            note = f"skipped: {_reason(report)}"
        else:
            note = NO_VERDICT if report.passed else f"it failed in its {report.when}: {_reason(report)}"
        return part.outcome(report.nodeid, "inconclusive", note)

    def _with_flakiness(self, key: Key, outcome: ItemOutcome) -> ItemOutcome:
        """Return the outcome, marked as flaky if an earlier attempt failed and this one did not."""
        before = self.failed_before.get(key)
        if before is None or outcome.verdict not in DECIDED - {"breaks"}:
            return outcome
        earlier = (
            "; ".join(f"{broken.id}: {broken.promise}: {broken.message}" for broken in before.broken) or before.note
        )
        note = f"flaky: {outcome.verdict} only in a rerun; before: {earlier}"
        return replace(outcome, flaky=True, note="; ".join(filter(None, (note, outcome.note))))


def _with_other_failure(outcome: ItemOutcome, report: pytest.TestReport) -> ItemOutcome:
    """Return the outcome of an item that failed outside of its scenario, which no verdict may hide."""
    if outcome.verdict in ("breaks", "inconclusive"):
        return outcome
    note = f"it failed in its {report.when}, after the verdict {outcome.verdict}: {_reason(report)}"
    return replace(outcome, verdict="inconclusive", note="; ".join(filter(None, (note, outcome.note))))


def _is_failed(report: pytest.TestReport) -> bool:
    return report.failed or _is_rerun(report)


def _is_rerun(report: pytest.TestReport) -> bool:
    """Return whether the attempt failed and another follows: an outcome that pytest-rerunfailures adds."""
    return str(report.outcome) == "rerun"


def _passes_although_broken(report: pytest.TestReport) -> bool:
    """Return whether the test of a break did not fail, and was not expected to (xfail)."""
    return not _is_failed(report) and not hasattr(report, "wasxfail")


def _carried(report: pytest.TestReport) -> list[object]:
    return [value for name, value in report.user_properties if name == PROPERTY]


def _worker(report: pytest.TestReport) -> str:
    node = getattr(report, "node", None)
    return "" if node is None else str(node.gateway.id)


def _reason(report: pytest.TestReport) -> str:
    """Return one line about the end: the message of an exception, or the reason of a skip."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")[:LONGEST]
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    return next((line.strip() for line in text.splitlines() if line.strip()), "no message")[:LONGEST]


def _part_from_name(report: pytest.TestReport) -> Part | None:
    """Return the part of an item whose worker died on another machine, of which only the name is known."""
    name, _, case = report.nodeid.rpartition("::")[2].partition("[")
    intensity = case.rstrip("]").split("-")[0]
    if report.when != WORKER_DIED or intensity not in KNOWN:
        return None
    name = name.removeprefix("test_")
    return Part(name, name, intensity, 0, 0, 1)


def sendable(value: Any) -> Any:
    """Return the data of a report with text that can be sent: a lone surrogate in a message ends a session of xdist."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {sendable(name): sendable(member) for name, member in value.items()}
    if isinstance(value, list):
        return [sendable(member) for member in value]
    if isinstance(value, tuple):
        return tuple(sendable(member) for member in value)
    return value
