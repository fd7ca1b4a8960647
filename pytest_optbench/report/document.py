"""The outcome of a session as JSON, with a format version.

History of the format:
    1  target, machine, session, calibration, outcomes (one entry an item).
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pytest_optbench.errors import InvalidInputError

from .outcome import Outcome

FORMAT = 1


@dataclass(frozen=True)
class SessionReport:
    """Everything a session found; `target` and `machine` are plain descriptions."""

    target: Mapping[str, str]
    outcomes: tuple[Outcome, ...]
    seconds: float = 0.0
    started: str = ""
    left_out: Mapping[str, int] = field(default_factory=dict)
    machine: Mapping[str, str | int] = field(default_factory=lambda: describe_machine())


def describe_machine() -> dict[str, str | int]:
    """What a reader needs in order to compare figures: system, processor, Python."""
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }


def to_json(report: SessionReport) -> str:
    """Strict JSON text of the report, newest format."""
    return json.dumps({"format": FORMAT, **asdict(report)}, indent=2, allow_nan=False) + "\n"


def write(report: SessionReport, path: Path) -> None:
    """Write the report in one atomic replacement, so that a reader never sees half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(to_json(report), encoding="utf-8")
    partial.replace(path)


def read(path: Path) -> SessionReport:
    """Read a report back.

    Raises:
        InvalidInputError: not JSON of a format that this version knows.
    """
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = fields.pop("format")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise InvalidInputError(f"{path} is no optbench report: {error}") from None
    if version != FORMAT:
        raise InvalidInputError(f"{path} has format {version}, this version reads {FORMAT}: use a matching version")
    outcomes = tuple(Outcome.from_dict(one) for one in fields.pop("outcomes"))
    return SessionReport(outcomes=outcomes, **fields)
