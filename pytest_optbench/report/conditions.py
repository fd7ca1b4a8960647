"""The target of a report and the conditions it was taken under, which show what figures can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .document import SessionReport

SUITE = "pytest-optbench"


def describe_conditions(report: SessionReport) -> str:
    """Return one line: the target with its version and commit, Python, suite and start time."""
    target = report.target
    commit = f" (commit {target['commit'][:12]})" if target.get("commit") else ""
    count = f"{len(report.sessions)} sessions of " if len(report.sessions) > 1 else ""
    python, suite = report.machine.get("python", "unknown"), report.versions.get(SUITE, "unknown")
    of = " ".join(filter(None, (target.get("name", "unknown"), target.get("version", ""))))
    return f"{count}{of}{commit}, Python {python}, {SUITE} {suite}, {report.started or 'at an unknown time'}"


def different_conditions(now: SessionReport, before: SessionReport) -> tuple[str, ...]:
    """Return the differences of two reports that make figures hard to compare; versions of a target may differ."""
    present = _conditions(now)
    return tuple(
        f"{name} {', '.join(then) or 'unknown'}, now {', '.join(present[name]) or 'unknown'}"
        for name, then in _conditions(before).items()
        if then != present[name] and then and present[name]
    )


def _conditions(report: SessionReport) -> dict[str, tuple[str, ...]]:
    """Return the values that have to be equal, by name; empty where a report of an older format lacks one."""
    python = sorted({".".join(version.split(".")[:2]) for version in _values(report.machine, "python")})
    return {
        "target": _values(report.target, "name"),
        "generation": _values(report.target, "generation"),
        "Python": tuple(python),
        "suite": _values(report.versions, SUITE),
        "processor": _values(report.machine, "processor"),
        "cores": _values(report.machine, "cores"),
        "executor": _values(report.options, "executor"),
        "workers": _values(report.options, "workers"),
    }


def _values(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a value, or the values of several sessions."""
    return tuple(_split(str(table[name]))) if table.get(name) not in (None, "") else ()


def _split(text: str) -> Iterable[str]:
    return sorted(text.split(", "))
