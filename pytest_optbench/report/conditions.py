"""What a report was taken of, and under which conditions: by these a reader knows which figures can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .document import SessionReport

SUITE = "pytest-optbench"


def describe(report: SessionReport) -> str:
    """The target with its version and commit, Python, suite, and when it was taken."""
    target = report.target
    commit = f" (commit {target['commit'][:12]})" if target.get("commit") else ""
    count = f"{len(report.sessions)} sessions of " if len(report.sessions) > 1 else ""
    python, suite = report.machine.get("python", "unknown"), report.versions.get(SUITE, "unknown")
    of = " ".join(filter(None, (target.get("name", "unknown"), target.get("version", ""))))
    return f"{count}{of}{commit}, Python {python}, {SUITE} {suite}, {report.started or 'at an unknown time'}"


def unlike(now: SessionReport, before: SessionReport) -> tuple[str, ...]:
    """In what two reports differ so that their figures are hard to compare; other versions of a target are expected."""
    found = _conditions(now)
    return tuple(
        f"{name} {', '.join(then) or 'unknown'}, now {', '.join(found[name]) or 'unknown'}"
        for name, then in _conditions(before).items()
        if then != found[name] and then and found[name]
    )


def _conditions(report: SessionReport) -> dict[str, tuple[str, ...]]:
    """By name, what must be equal; empty where a report of an older format does not say."""
    python = sorted({".".join(one.split(".")[:2]) for one in _values(report.machine, "python")})
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
    """A value, or the values of several sessions."""
    return tuple(_split(str(table[name]))) if table.get(name) not in (None, "") else ()


def _split(text: str) -> Iterable[str]:
    return sorted(text.split(", "))
