"""The content of a store as plain frozen data: no object of the metalab under test leaves this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Series = tuple[tuple[Any, Any], ...]


@dataclass(frozen=True)
class StoredArtifact:
    """One artifact that a store lists for a run.

    `size` is in bytes, as the store reports it. `digest` is that of the loaded value
    (`pytest_optbench.target.digest`); it is None if artifacts were not loaded, and if loading failed, for the reason
    in `problem`.
    """

    kind: str
    size: int | None = None
    digest: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Names:
    """Names of parts of a run, by kind."""

    series: frozenset[str] = frozenset()
    artifacts: frozenset[str] = frozenset()
    data: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.series or self.artifacts or self.data)


@dataclass(frozen=True)
class Unlisted:
    """The parts of a run that were read by their names and are not listed.

    `calls` has, by kind (series, artifacts, data), the call that lists them and the call that reads one by its name.
    """

    series: Mapping[str, Series] = field(default_factory=dict)
    artifacts: Mapping[str, StoredArtifact] = field(default_factory=dict)
    data: Mapping[str, StoredArtifact] = field(default_factory=dict)
    calls: Mapping[str, tuple[str, str]] = field(default_factory=dict)


NOTHING_UNLISTED = Unlisted()


@dataclass(frozen=True)
class StoredRun:
    """One run as it was read from the store.

    `params` is None if the records of this generation have none. `series` maps a metric's name to its (step, value)
    points in the order of the store, `data` a structured result to its digest. `fingerprints` has the keys context,
    params, seed. `problems` has the parts of this run that could not be read. `unlisted` has the parts that were read
    by name (`Target.read_named`) and are in none of the store's lists.
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
    """Every run that was read, and the records and listings that could not be read."""

    runs: tuple[StoredRun, ...]
    problems: tuple[str, ...] = ()

    def by_id(self) -> Mapping[str, StoredRun]:
        """Return the runs by their id; of two runs with one id the later one."""
        return {run.run_id: run for run in self.runs}


@dataclass(frozen=True)
class Wanted:
    """The parts to read; each of them needs its own calls of the target."""

    artifacts: bool = True
    series: bool = True
    data: bool = True
    logs: bool = False


RECORDS_ONLY = Wanted(artifacts=False, series=False, data=False)
