"""Runs read during writes, compared with the runs stored in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_optbench.stress.audit.reconcile import SUCCESS
from pytest_optbench.target.snapshot import StoredRun, StoreSnapshot
from pytest_optbench.text import short_repr


class ReadLog:
    """Collects readings of a store, and each distinct form of each run as it was first read.

    It is for writers that give the same content each time they write a run.
    """

    def __init__(self) -> None:
        self.readings = 0
        self.runs = 0  # successes seen in all readings
        self._seen: dict[str, dict[str, tuple[int, StoredRun]]] = {}
        self._problems: dict[str, int] = {}

    def add(self, reading: StoreSnapshot) -> None:
        """Add one reading of the whole store."""
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
        """Yield each problem of a reading, and each success that differed from the run stored in the end."""
        for problem, reading in self._problems.items():
            yield f"reading {reading} of {self.readings}: {problem}"
        stored = final.by_id()
        for run_id, forms in sorted(self._seen.items()):
            if run_id not in stored:
                yield f"run {run_id} was read as a success, and is not there in the end"
                continue
            for reading, seen in forms.values():
                yield from (
                    f"reading {reading} of {self.readings}: run {run_id} had {difference}"
                    for difference in _differences(seen, stored[run_id])
                )


def _content(run: StoredRun) -> dict[str, Any]:
    """Return the stored values of a run, without its times."""
    artifacts = {name: artifact.digest or artifact.problem for name, artifact in sorted(run.artifacts.items())}
    return {
        "metrics": dict(sorted(run.metrics.items())),
        "artifacts": artifacts,
        "series": dict(sorted(run.series.items())),
    }


def _differences(seen: StoredRun, stored: StoredRun) -> Iterator[str]:
    for (part, seen_values), stored_values in zip(_content(seen).items(), _content(stored).values(), strict=True):
        for name in sorted({*seen_values, *stored_values}):
            value, final = seen_values.get(name, "nothing"), stored_values.get(name, "nothing")
            if repr(value) != repr(final):
                yield f"{short_repr(value, 80)} as {part} {name!r}, in the end {short_repr(final, 80)}"
