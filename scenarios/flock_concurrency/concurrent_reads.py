"""What readers saw while others wrote, judged by what is there in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_optbench.stress.audit.reconcile import SUCCESS
from pytest_optbench.target.snapshot import StoredRun, StoreSnapshot
from pytest_optbench.text import short_repr


class ReadLog:
    """Takes in one reading after the other; keeps each run as it was seen first in each form.

    It is for writers that give the same content each time they write a run.
    """

    def __init__(self) -> None:
        self.readings = 0
        self.runs = 0  # successes seen in all readings
        self._seen: dict[str, dict[str, tuple[int, StoredRun]]] = {}
        self._problems: dict[str, int] = {}

    def add(self, reading: StoreSnapshot) -> None:
        """Take in what one reading of the whole store gave."""
        self.readings += 1
        for problem in reading.problems:
            self._problems.setdefault(problem, self.readings)
        for run in reading.runs:
            for problem in run.problems:
                self._problems.setdefault(f"run {run.run_id}: {problem}", self.readings)
            if run.status == SUCCESS:
                self.runs += 1
                self._seen.setdefault(run.run_id, {}).setdefault(repr(_content(run)), (self.readings, run))

    def inconsistencies(self, final: StoreSnapshot) -> Iterator[str]:
        """Tell every problem of a reading, and every success that was unlike what is stored in the end."""
        for problem, reading in self._problems.items():
            yield f"reading {reading} of {self.readings}: {problem}"
        stored = final.by_id()
        for run_id, forms in sorted(self._seen.items()):
            if run_id not in stored:
                yield f"run {run_id} was read as a success, and is not there in the end"
                continue
            for reading, seen in forms.values():
                yield from (
                    f"reading {reading} of {self.readings}: run {run_id} had {told}"
                    for told in _differences(seen, stored[run_id])
                )


def _content(run: StoredRun) -> dict[str, Any]:
    """What a reader is told of a run, apart from its times."""
    artifacts = {name: artifact.digest or artifact.problem for name, artifact in sorted(run.artifacts.items())}
    return {
        "metrics": dict(sorted(run.metrics.items())),
        "artifacts": artifacts,
        "series": dict(sorted(run.series.items())),
    }


def _differences(seen: StoredRun, stored: StoredRun) -> Iterator[str]:
    for (part, one), other in zip(_content(seen).items(), _content(stored).values(), strict=True):
        for name in sorted({*one, *other}):
            here, there = one.get(name, "nothing"), other.get(name, "nothing")
            if repr(here) != repr(there):
                yield f"{short_repr(here, 80)} as {part} {name!r}, in the end {short_repr(there, 80)}"
