"""Where a sweep runs; a module of its own, so that a child process which only drives need not import the audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_optbench.target import Drive, Target


@dataclass(frozen=True)
class Place:
    """Where a sweep runs: `witness` is a file of its own, `session` names the invocation.

    `resumable` says that the store may hold runs of earlier invocations.
    """

    target: Target
    drive: Drive
    witness: Path
    session: str
    resumable: bool = False
