"""A folder to watch, one next to it, and a child in which a fault happens below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import fault_tasks

from pytest_optbench.stress.faults.fault import NOTHING, Fault
from pytest_optbench.stress.faults.injection import Hit, hit_of, traces_of
from pytest_optbench.stress.process.child import ChildResult, ResourceLimits, run_child

SOON = ResourceLimits(seconds=60.0)


class Folders:
    """The watched folder and one next to it, whose longer name must not pass for a path below."""

    def __init__(self, root: Path) -> None:
        self.inside, self.outside, self._root = root / "in", root / "in-and-out", root
        self.inside.mkdir(parents=True)
        self.outside.mkdir()
        self._runs = 0

    @property
    def control(self) -> Path:
        """The control folder of the last run."""
        return self._root / f"control-{self._runs}"

    @property
    def hit(self) -> Hit | None:
        return hit_of(self.control)

    @property
    def events(self) -> list[list[str]]:
        """The events of each process in the last run."""
        return [[f"{event.kind} {event.path}" for event in trace] for trace in traces_of(self.control)]

    def run(
        self, task: Callable[..., Any], *arguments: Any, fault: Fault = NOTHING, folder: Any = None,
        environment: Mapping[str, str] | None = None,
    ) -> ChildResult:  # fmt: skip
        """Perform a task in a child under a fault."""
        self._runs += 1
        watched = str(folder or self.inside)
        given = (fault.data(), watched, str(self.control), task.__name__, *arguments)
        return run_child(fault_tasks.under, *given, bounds=SOON, environment=environment or {})
