"""Merge the reports of several sessions: shards of two machines, or repeated sessions of one target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_optbench.errors import InvalidInputError

from .document import SessionReport
from .incomplete import merge_incomplete

SAME = ("name", "version", "generation")


def merge_reports(reports: Sequence[SessionReport]) -> SessionReport:
    """Return one report with the outcomes of all sessions, which are listed in `sessions` in order of their start.

    Items are kept as they are: shards of one load become one row wherever they ran, and an item that ran in two
    sessions counts twice. Left out are the parts that every session left out; missing are those that ran in none.

    Raises:
        InvalidInputError: there is no report, or the reports are of different targets.
    """
    if not reports:
        raise InvalidInputError("nothing to merge: name at least one report")
    ordered = sorted(reports, key=lambda report: report.started)
    _refuse_mixed(ordered)
    outcomes = tuple(outcome for report in ordered for outcome in report.outcomes)
    sessions = tuple(session for report in ordered for session in report.sessions or (_session(report),))
    return SessionReport(
        target=_shared([report.target for report in ordered]),
        outcomes=outcomes,
        seconds=round(sum(report.seconds for report in ordered), 3),
        started=ordered[0].started,
        left_out=_left_out(ordered),
        machine=_shared([report.machine for report in ordered]),
        versions=_shared([report.versions for report in ordered]),
        options=_shared([report.options for report in ordered]),
        sessions=sessions,
        incomplete=merge_incomplete([report.incomplete for report in ordered], outcomes),
    )


def _refuse_mixed(reports: Sequence[SessionReport]) -> None:
    targets = {tuple(report.target.get(name, "") for name in SAME) for report in reports}
    if len(targets) > 1:
        names = "; ".join(sorted(" ".join(filter(None, target)) for target in targets))
        raise InvalidInputError(f"these reports are of different targets: {names}; merge those of one target")


def _session(report: SessionReport) -> Mapping[str, Any]:
    return {
        "target": dict(report.target),
        "machine": dict(report.machine),
        "versions": dict(report.versions),
        "options": dict(report.options),
        "started": report.started,
        "seconds": report.seconds,
        "items": len(report.outcomes),
    }


def _left_out(reports: Sequence[SessionReport]) -> dict[str, int]:
    left_out = [Counter(report.left_out) for report in reports]
    common = left_out[0]
    for other in left_out[1:]:
        common &= other
    return dict(common)


def _shared(described: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values that all sessions have in common; where they differ, the list of all values."""
    names = dict.fromkeys(name for table in described for name in table)
    found = {name: list(dict.fromkeys(table.get(name, "unknown") for table in described)) for name in names}
    return {name: values[0] if len(values) == 1 else ", ".join(map(str, values)) for name, values in found.items()}
