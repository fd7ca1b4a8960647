"""What a store holds, as plain frozen data: no object of the metalab under test leaves this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Series = tuple[tuple[Any, Any], ...]


@dataclass(frozen=True)
class StoredArtifact:
    """One artifact that a store lists for a run.

    `size` is in bytes, as the store states it. `digest` is of the value that loading it gave
    (`pytest_optbench.target.digest`); it is None where artifacts were not loaded, and where loading failed:
    then `problem` says why.
    """

    kind: str
    size: int | None = None
    digest: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Names:
    """Names of what a run may hold, by kind."""

    series: frozenset[str] = frozenset()
    artifacts: frozenset[str] = frozenset()
    data: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.series or self.artifacts or self.data)


@dataclass(frozen=True)
class Unlisted:
    """What of a run was read by its name alone.

    `ways` says, by kind (series, artifacts, data), how that kind is listed and how one of it is read by its name.
    """

    series: Mapping[str, Series] = field(default_factory=dict)
    artifacts: Mapping[str, StoredArtifact] = field(default_factory=dict)
    data: Mapping[str, StoredArtifact] = field(default_factory=dict)
    ways: Mapping[str, tuple[str, str]] = field(default_factory=dict)


NOTHING_UNLISTED = Unlisted()


@dataclass(frozen=True)
class StoredRun:
    """One run as the store gives it back.

    `params` is None where the records of this generation carry none. `series` maps a metric's name to its
    (step, value) points in the order the store gives them, `data` a structured result to its digest.
    `fingerprints` has the keys context, params, seed. `problems` are what could not be read of this run. `unlisted` is
    what was asked for by its name (`Target.read_named`) and is in none of the store's lists.
    """

    run_id: str
    status: str
    metrics: Mapping[str, Any]
    params: Mapping[str, Any] | None = None
    series: Mapping[str, Series] = field(default_factory=dict)
    artifacts: Mapping[str, StoredArtifact] = field(default_factory=dict)
    data: Mapping[str, StoredArtifact] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    experiment_id: str = ""
    tags: tuple[str, ...] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    log: str | None = None
    problems: tuple[str, ...] = ()
    unlisted: Unlisted = field(default_factory=lambda: NOTHING_UNLISTED)


@dataclass(frozen=True)
class StoreSnapshot:
    """Every run that was read, and every record, artifact or listing that could not be."""

    runs: tuple[StoredRun, ...]
    problems: tuple[str, ...] = ()

    def by_id(self) -> Mapping[str, StoredRun]:
        """The runs by their id; of two runs with one id the later stands."""
        return {run.run_id: run for run in self.runs}


@dataclass(frozen=True)
class Wanted:
    """How deep to read: each part costs its own calls to the target."""

    artifacts: bool = True
    series: bool = True
    data: bool = True
    logs: bool = False


RECORDS_ONLY = Wanted(artifacts=False, series=False, data=False)
