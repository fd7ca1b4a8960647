"""Which executor a part uses that needs a kind of its own, whatever the command line chose for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_optbench.target.dialect import ExecutorKind

    from .scenario import Scenario


def in_processes(scenario: Scenario) -> ExecutorKind:
    """Return the executor of a part whose runs are executed in other processes: on Dask, where that was chosen.

    Raises:
        MissingFeatureError: the metalab under test does not offer it.
    """
    kind: ExecutorKind = "dask" if scenario.settings.executor == "dask" else "process"
    scenario.target.require(kind)
    return kind


def about(scenario: Scenario, kind: ExecutorKind) -> None:
    """Say that a part is not applicable on Dask, where that was chosen: it is about another executor alone."""
    if scenario.settings.executor == "dask":
        scenario.not_applicable(f"this part is about executors of the kind {kind!r}, and dask was chosen")
    scenario.target.require(kind)
