"""From the test reports of an item to its outcome: reruns, workers that died, fixtures that raised, `--dist each`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pytest_optbench.report.outcome import DECIDED, PROPERTY, ItemOutcome, from_properties
from pytest_optbench.report.rows import unite

from .collection import KNOWN
from .planned import Part

WORKER_DIED = "???"  # the phase that xdist reports for an item whose worker process died
DIED = "the xdist worker that ran it died; a scenario must not harm its worker"
NO_VERDICT = "it came to no verdict: a scenario takes the fixture `scenario` and says there what it found"
LONGEST = 500  # signs of what an exception said
Key = tuple[str, str]


@dataclass
class Attempts:
    """What was reported of each item so far, by each worker that ran it.

    `each` tells that every worker runs every item (`--dist each`); else an item that is reported again was run again,
    and its last attempt counts. `part_of` knows the scenarios among the items.
    """

    part_of: Callable[[str], Part | None]
    each: bool = False
    last: dict[Key, ItemOutcome] = field(default_factory=dict)
    failed_before: dict[Key, ItemOutcome] = field(default_factory=dict)
    lenient: set[Key] = field(default_factory=set)
    lines: dict[str, int] = field(default_factory=dict)
    _told: dict[Key, list[object]] = field(default_factory=dict)

    def take(self, report: pytest.TestReport) -> None:
        """Take over the report of one phase of one item."""
        key = report.nodeid, _worker(report) if self.each else ""
        outcome = self._outcome(key, report)
        self._told[key] = _carried(report)
        if outcome is None:
            return
        self.lines[report.nodeid] = report.location[1] or 0
        if _is_rerun(report):
            self.failed_before[key] = outcome
        self.last[key] = outcome
        if report.when == "call" and outcome.verdict == "breaks" and _is_let_pass(report):
            self.lenient.add(key)
        elif report.when == "call":
            self.lenient.discard(key)

    def outcomes(self) -> dict[str, ItemOutcome]:
        """The outcome of every item, by node id."""
        found: dict[str, list[ItemOutcome]] = {}
        for key, outcome in self.last.items():
            found.setdefault(key[0], []).append(self._with_history(key, outcome))
        return {nodeid: unite(outcomes) for nodeid, outcomes in found.items()}

    @property
    def let_pass(self) -> bool:
        """Whether an item broke a promise and its test did not fail: its exit status would hide that."""
        return bool(self.lenient)

    def _outcome(self, key: Key, report: pytest.TestReport) -> ItemOutcome | None:
        """What the item has come to with this phase; None where nothing is new or it is no scenario."""
        carried = from_properties(report.user_properties)
        if report.when == "setup" and _carried(report) == self._told.get(key, []):
            carried = None  # of the attempt before
        if report.when == "teardown":
            carried = self.last.get(key, carried)
            return _marred(carried, report) if carried is not None and _is_failed(report) else None
        if carried is not None:
            return _marred(carried, report) if _is_failed(report) else carried
        return self._silent(report)

    def _silent(self, report: pytest.TestReport) -> ItemOutcome | None:
        """An outcome for a scenario that said nothing itself."""
        if report.when == "setup" and report.passed:
            return None
        part = self.part_of(report.nodeid) or _read_from(report)
        if part is None:
            return None
        if report.when == WORKER_DIED:
            note = DIED
        elif report.skipped:
            note = f"skipped: {_reason(report)}"
        else:
            note = NO_VERDICT if report.passed else f"it failed in its {report.when}: {_reason(report)}"
        return part.outcome(report.nodeid, "inconclusive", note)

    def _with_history(self, key: Key, outcome: ItemOutcome) -> ItemOutcome:
        """The outcome with what attempts before it came to, where it came out well only in the end."""
        before = self.failed_before.get(key)
        if before is None or outcome.verdict not in DECIDED - {"breaks"}:
            return outcome
        told = "; ".join(f"{broken.id}: {broken.promise}: {broken.message}" for broken in before.broken) or before.note
        note = f"flaky: {outcome.verdict} only when it was run again; before: {told}"
        return replace(outcome, flaky=True, note="; ".join(filter(None, (note, outcome.note))))


def _marred(outcome: ItemOutcome, report: pytest.TestReport) -> ItemOutcome:
    """The outcome of an item that failed by something beside its scenario: no verdict may hide that."""
    if outcome.verdict in ("breaks", "inconclusive"):
        return outcome
    note = f"it failed in its {report.when}, beside its verdict ({outcome.verdict}): {_reason(report)}"
    return replace(outcome, verdict="inconclusive", note="; ".join(filter(None, (note, outcome.note))))


def _is_failed(report: pytest.TestReport) -> bool:
    return report.failed or _is_rerun(report)


def _is_rerun(report: pytest.TestReport) -> bool:
    """Whether the attempt failed and another one follows: an outcome that pytest-rerunfailures adds to pytest's."""
    return str(report.outcome) == "rerun"


def _is_let_pass(report: pytest.TestReport) -> bool:
    """Whether the test of a break did not fail, and nobody expects it to (xfail)."""
    return not _is_failed(report) and not hasattr(report, "wasxfail")


def _carried(report: pytest.TestReport) -> list[object]:
    return [value for name, value in report.user_properties if name == PROPERTY]


def _worker(report: pytest.TestReport) -> str:
    node = getattr(report, "node", None)
    return "" if node is None else str(node.gateway.id)


def _reason(report: pytest.TestReport) -> str:
    """The line that says what happened: of an exception the last, of a skip its reason."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")[:LONGEST]
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    return next((line.strip() for line in text.splitlines() if line.strip()), "nothing was said")[:LONGEST]


def _read_from(report: pytest.TestReport) -> Part | None:
    """The part of an item whose worker died on another machine: all that is known is its name."""
    name, _, case = report.nodeid.rpartition("::")[2].partition("[")
    intensity = case.rstrip("]").split("-")[0]
    if report.when != WORKER_DIED or intensity not in KNOWN:
        return None
    name = name.removeprefix("test_")
    return Part(name, name, intensity, 0, 0, 1)


def sendable(value: Any) -> Any:
    """The data of a report with text that can be sent: a lone surrogate in a message ends a session of xdist."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {sendable(name): sendable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [sendable(one) for one in value]
    if isinstance(value, tuple):
        return tuple(sendable(one) for one in value)
    return value
