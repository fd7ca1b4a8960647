"""Where a sweep runs; a module of its own, so that a child process which only drives need not import the audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_optbench.target import RunOptions, Target


@dataclass(frozen=True)
class SweepContext:
    """Where a sweep runs: `witness` is a file of its own, `session` names the invocation.

    `resumable` says that the store may hold runs of earlier invocations, `shared` that others may write there
    meanwhile: only who closes it may look at it as a whole. `own` says that nobody else writes beside the store.
    """

    target: Target
    options: RunOptions
    witness: Path
    session: str
    resumable: bool = False
    shared: bool = False
    own: bool = False

    @property
    def fresh(self) -> bool:
        """Whether all that the store holds is of one sweep, so that it can be looked at as a whole."""
        return not (self.resumable or self.shared)
