"""The metalab under test, as the lines of a header and as the fields of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_optbench.target import Target


def header_lines(target: Target) -> list[str]:
    """Return the lines that describe the target, with its notes for the user."""
    return [f"metalab under test: {target.describe()}", *(f"optbench: {note}" for note in target.notes)]


def report_fields(target: Target) -> dict[str, str]:
    """Return the fields by which a report names the target."""
    return {
        "name": target.name,
        "version": target.version,
        "path": target.path,
        "generation": target.generation,
        "commit": target.commit,
        "committed": target.committed,
    }
