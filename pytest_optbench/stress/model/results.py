"""Results: stored runs, and every way of reading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .capture import Artifact, Capture
from .observed_text import exact_text

Records = dict[str, "RunRecord"]
STORES: dict[tuple[str, str], Records] = {}  # by root and experiment: the runs by their ids


def stored_records(store: Any, experiment_id: str) -> Records:
    """Return the runs of one experiment in one store, which no other experiment shares."""
    return STORES.setdefault((str(store), experiment_id), {})


@dataclass
class RunRecord:
    """The stored record of a run: its identity, how it ended, and what it captured."""

    run_id: str
    experiment_id: str
    status: str
    context_fingerprint: str
    params_fingerprint: str
    seed_fingerprint: str
    params_resolved: Mapping[str, Any]
    tags: tuple[str, ...]
    error: Mapping[str, str] | None
    provenance: Any
    captured: Capture
    metrics: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.metrics = self.captured.metrics


class Run:
    """One run, read back."""

    def __init__(self, record: RunRecord, store: Any = None) -> None:  # noqa: ARG002 - as the interface has it
        self.record = record
        self.run_id, self.status, self.error = record.run_id, record.status, record.error
        self.params, self.metrics, self.tags = record.params_resolved, record.metrics, record.tags

    def artifacts(self) -> list[Artifact]:
        """Return the captured artifacts."""
        return list(self.record.captured.artifacts.values())

    def artifact(self, name: str) -> Any:
        """Return the value of an artifact as it was captured."""
        return self.record.captured.artifacts[name].value

    def data(self, name: str) -> Any:
        """Return a structured result as it was captured."""
        return self.record.captured.results[name]

    def series(self, name: str) -> tuple[list[int], list[float]]:
        """Return the steps and the values of a series."""
        points = self.record.captured.points[name]
        return [step for step, _ in points], [value for _, value in points]

    @property
    def log(self) -> str:
        """The logged lines, each with its level."""
        return "".join(f"{level} {text}\n" for level, text in self.record.captured.lines)


class Results:
    """A list of runs."""

    def __init__(self, records: list[RunRecord]) -> None:
        self.records = records

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Run]:
        return map(Run, self.records)

    def __getitem__(self, index: Any) -> Any:
        part = self.records[index]
        return Results(part) if isinstance(index, slice) else Run(part)

    def filter(self, predicate: Callable[[Run], bool] | None = None, **wanted: Any) -> Results:
        """Select the runs that have each wanted value, of the status or of the metric of that name."""
        fitting = [
            run.record
            for run in self
            if all(
                exact_text({"status": run.status, **run.metrics}.get(name)) == exact_text(wanted[name])
                for name in wanted
            )
        ]
        return Results([record for record in fitting if predicate is None or predicate(Run(record))])

    @property
    def successful(self) -> Results:
        """The runs that succeeded."""
        return self.filter(status="success")

    @property
    def failed(self) -> Results:
        """The runs that failed."""
        return self.filter(status="failed")

    def summary(self) -> dict[str, Any]:
        """Count the runs, in total and by status."""
        return {"total": len(self), **Counter(run.status for run in self)}

    def table(self) -> list[dict[str, Any]]:
        """Return a row for each run, with its parameters and metrics."""
        return [{"status": run.status, **run.params, **run.metrics} for run in self]

    def to_csv(self, path: Any) -> None:
        """Write the table as CSV."""
        import csv

        rows = self.table()
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            writer.writeheader()
            writer.writerows(rows)

    def display(self) -> None:
        """Do nothing: a display is not compared."""


@dataclass(frozen=True)
class FileStoreConfig:
    """The store of one experiment's runs."""

    root: Any
    experiment_id: str

    def connect(self) -> FileStoreConfig:
        """Open the store."""
        return self

    def delete_run(self, run_id: str) -> None:
        """Delete a run, so that the next sweep executes it again."""
        del stored_records(self.root, self.experiment_id)[run_id]


def load_results(store: Any, experiment_id: str | None = None) -> Results:
    """Load every stored run of an experiment; the order is not defined."""
    return Results(list(stored_records(getattr(store, "root", store), experiment_id or store.experiment_id).values()))
