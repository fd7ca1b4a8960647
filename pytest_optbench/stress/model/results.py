"""Results: what every way of reading gives back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .capture import Artifact, Capture
from .telling import told

Held = dict[str, "RunRecord"]
STORES: dict[tuple[str, str], Held] = {}  # by place and experiment: the runs by their ids


def held(store: Any, experiment_id: str) -> Held:
    """The runs of one experiment at one place, which no other experiment shares."""
    return STORES.setdefault((str(store), experiment_id), {})


@dataclass
class RunRecord:
    """What is kept of a run: what decided its identity, how it ended, and what it captured until then."""

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
        """What it captured as artifacts."""
        return list(self.record.captured.artifacts.values())

    def artifact(self, name: str) -> Any:
        """The value as it was captured."""
        return self.record.captured.artifacts[name].value

    def data(self, name: str) -> Any:
        """A structured result as it was captured."""
        return self.record.captured.results[name]

    def series(self, name: str) -> tuple[list[int], list[float]]:
        """Steps and values of a series."""
        points = self.record.captured.points[name]
        return [step for step, _ in points], [value for _, value in points]

    @property
    def log(self) -> str:
        """A line of text for each line that was logged, with its level."""
        return "".join(f"{level} {text}\n" for level, text in self.record.captured.lines)


class Results:
    """Some runs, as a list."""

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
        """The runs that have each wanted value: the status, or a metric of that name."""
        fitting = [
            run.record
            for run in self
            if all(told({"status": run.status, **run.metrics}.get(name)) == told(wanted[name]) for name in wanted)
        ]
        return Results([one for one in fitting if predicate is None or predicate(Run(one))])

    @property
    def successful(self) -> Results:
        """Those that succeeded."""
        return self.filter(status="success")

    @property
    def failed(self) -> Results:
        """Those that failed."""
        return self.filter(status="failed")

    def summary(self) -> dict[str, Any]:
        """How many there are, in all and by status."""
        return {"total": len(self), **Counter(run.status for run in self)}

    def table(self) -> list[dict[str, Any]]:
        """A row for each run, with its parameters and its metrics."""
        return [{"status": run.status, **run.params, **run.metrics} for run in self]

    def to_csv(self, path: Any) -> None:
        """The table as CSV."""
        import csv

        rows = self.table()
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            writer.writeheader()
            writer.writerows(rows)

    def display(self) -> None:
        """Nothing that could be compared."""


@dataclass(frozen=True)
class FileStoreConfig:
    """The place of one experiment's runs."""

    root: Any
    experiment_id: str

    def connect(self) -> FileStoreConfig:
        """Open it."""
        return self

    def delete_run(self, run_id: str) -> None:
        """Forget a run: to the next sweep it is missing."""
        del held(self.root, self.experiment_id)[run_id]


def load_results(store: Any, experiment_id: str | None = None) -> Results:
    """Every run of an experiment that is stored; the order is free."""
    return Results(list(held(getattr(store, "root", store), experiment_id or store.experiment_id).values()))
