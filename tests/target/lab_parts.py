"""What both small labs share: cases, seeds, and a folder with one JSON file a run."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    params: dict[str, Any]
    case_id: str
    tags: tuple[str, ...] = ()


class manual:  # noqa: N801 - the interface's name
    def __init__(self, cases: list[dict[str, Any]]) -> None:
        self._cases = cases

    def __iter__(self) -> Iterator[Case]:
        return (Case(dict(case), str(number)) for number, case in enumerate(self._cases))

    def __len__(self) -> int:
        return len(self._cases)


def grid(**axes: list[Any]) -> manual:
    return manual([dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())])


@dataclass(frozen=True)
class SeedBundle:
    root_seed: int
    replicate_index: int

    def rng(self, name: str) -> random.Random:
        return random.Random(f"{self.root_seed}/{self.replicate_index}/{name}")


def seeds(base: int, replicates: int = 1) -> list[SeedBundle]:
    return [SeedBundle(base, index) for index in range(replicates)]


@dataclass(frozen=True)
class Descriptor:
    name: str
    kind: str
    size_bytes: int


@dataclass
class Record:
    run_id: str
    experiment_id: str
    status: str
    metrics: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    params_resolved: dict[str, Any] = field(default_factory=dict)
    artifacts: list[Descriptor] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    context_fingerprint: str = ""
    params_fingerprint: str = ""
    seed_fingerprint: str = ""
    started_at: datetime = datetime(2026, 1, 1)
    finished_at: datetime = datetime(2026, 1, 1)

    @classmethod
    def success(cls) -> Record:
        return cls("", "", "success")


@dataclass
class Experiment:
    name: str
    version: str
    context: Any
    operation: Any
    params: Any
    seeds: Any
    tags: list[str] = field(default_factory=list)
    param_resolver: Any = None

    @property
    def experiment_id(self) -> str:
        return f"{self.name}:{self.version}"


class Folder:
    """Records as `ID.json`, artifacts as `ID.NAME`, each a JSON file."""

    def __init__(self, root: str) -> None:
        self.root = Path(root)
        self.root.mkdir(parents=True, exist_ok=True)

    def save(self, record: Record, artifacts: dict[str, Any], results: dict[str, Any] | None = None) -> None:
        for name, value in {**artifacts, **(results or {})}.items():
            (self.root / f"{record.run_id}.{name}").write_text(json.dumps(value))
        record.artifacts += [Descriptor(name, "json", len(json.dumps(value))) for name, value in artifacts.items()]
        fields = {**vars(record), "artifacts": [vars(listed) for listed in record.artifacts]}
        fields["started_at"] = fields["finished_at"] = None
        (self.root / f"{record.run_id}.json").write_text(json.dumps(fields))

    def get_run_record(self, run_id: str) -> Record | None:
        path = self.root / f"{run_id}.json"
        if not path.exists():
            return None
        fields = json.loads(path.read_text())
        fields["artifacts"] = [Descriptor(**listed) for listed in fields["artifacts"]]
        return Record(**{name: value for name, value in fields.items() if value is not None})

    def list_run_records(self, experiment_id: str | None = None) -> list[Record]:
        records = [self.get_run_record(path.stem) for path in sorted(self.root.glob("*.json"))]
        return [record for record in records if record and experiment_id in (None, record.experiment_id)]

    def list_artifacts(self, run_id: str) -> list[Descriptor]:
        record = self.get_run_record(run_id)
        return [] if record is None else record.artifacts

    def load(self, run_id: str, name: str) -> Any:
        return json.loads((self.root / f"{run_id}.{name}").read_text())

    def delete_run(self, run_id: str) -> None:
        for path in self.root.glob(f"{run_id}.*"):
            path.unlink()


def run_id(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
