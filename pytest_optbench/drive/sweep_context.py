"""The context of a sweep; a separate module, so that a child process can run a sweep without importing the audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_optbench.target import RunOptions, Target


@dataclass(frozen=True)
class SweepContext:
    """The context of a sweep: target, options, the file of its witness, and the name of the session.

    `resumable` means that the store may contain runs of earlier sessions, `shared` that other shards write to it
    meanwhile: only the last one may judge it as a whole. `private_folder` means that nothing else writes next to the
    store.
    """

    target: Target
    options: RunOptions
    witness: Path
    session: str
    resumable: bool = False
    shared: bool = False
    private_folder: bool = False

    @property
    def fresh(self) -> bool:
        """Whether the store has only the runs of one sweep, so that it can be judged as a whole."""
        return not (self.resumable or self.shared)
