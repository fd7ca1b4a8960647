"""A sound history written by hand, and the small changes that make it unsound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pytest_optbench.stress.audit.reconcile import PlannedRun
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.series_digest import series_digest
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, params_digest
from pytest_optbench.target.snapshot import StoredArtifact, StoredRun, StoreSnapshot

NOW = datetime(2026, 1, 1, tzinfo=UTC)
POINTS = ((0, 1.0), (1, 0.5), (1, 0.25))
SESSION = "today"
EXPERIMENT = "sweep:1"
DIGEST = "d" * 32


@dataclass(frozen=True)
class Story:
    """Plan, executions and store of one sweep, with the terms it is judged on."""

    plan: tuple[PlannedRun, ...]
    executions: tuple[Execution, ...]
    runs: tuple[StoredRun, ...]
    problems: tuple[str, ...] = ()
    terms: Mapping[str, Any] = None  # type: ignore[assignment]

    @property
    def store(self) -> StoreSnapshot:
        return StoreSnapshot(self.runs, self.problems)

    def run(self, index: int, **fields: Any) -> Story:
        """The story with other fields in one record."""
        runs = list(self.runs)
        runs[index] = replace(runs[index], **fields)
        return replace(self, runs=tuple(runs))

    def execution(self, index: int, **fields: Any) -> Story:
        """The story with other fields in one execution."""
        executions = list(self.executions)
        executions[index] = replace(executions[index], **fields)
        return replace(self, executions=tuple(executions))

    def without(self, part: str, index: int) -> Story:
        """The story with one execution, record or planned run taken away."""
        kept = list(getattr(self, part))
        del kept[index]
        return replace(self, **{part: tuple(kept)})

    def twice(self, part: str, index: int, **fields: Any) -> Story:
        """The story with one execution or record there twice, the second with other fields."""
        items = getattr(self, part)
        return replace(self, **{part: (*items, replace(items[index], **fields))})

    def judged(self, **terms: Any) -> Story:
        return replace(self, terms={**(self.terms or {}), **terms})


def key(n: int) -> str:
    return f"key-{n}"


def params(n: int) -> dict[str, Any]:
    return {"n": n, "name": "run"}


def execution(n: int, **fields: Any) -> Execution:
    about = {"session": SESSION, "pid": 1, "thread": 1, "started": 10.0 + n, "finished": 10.5 + n}
    produced = {"metrics": {"best": 0.5, WITNESS_METRIC: key(n)}, "artifacts": {"curve": DIGEST}}
    series = {"objective": series_digest(POINTS)}
    seen = {"outcome": "returned", "params": params_digest(params(n)), "series": series, **produced}
    return Execution(key(n), **{**about, **seen, **fields})


def record(n: int, **fields: Any) -> StoredRun:
    about = {"run_id": f"id-{n}", "status": "success", "params": params(n), "experiment_id": EXPERIMENT}
    held = {
        "metrics": {"best": 0.5, WITNESS_METRIC: key(n)},
        "artifacts": {"curve": StoredArtifact("numpy", 9, DIGEST)},
    }
    times = {"started_at": NOW, "finished_at": NOW}
    return StoredRun(**{**about, **held, **times, "series": {"objective": POINTS}, **fields})


def sound(runs: int = 3) -> Story:
    """A sweep that kept every promise."""
    plan = tuple(PlannedRun(key(n), params(n), artifacts=("curve",)) for n in range(runs))
    return Story(plan, tuple(map(execution, range(runs))), tuple(map(record, range(runs))))


def failing(runs: int = 3) -> Story:
    """A sound sweep whose first run was meant to fail, and did."""
    story = sound(runs)
    plan = (replace(story.plan[0], status="failed"), *story.plan[1:])
    error = {"type": "ValueError", "message": "on purpose"}
    failed = replace(story, plan=plan).run(0, status="failed", error=error)
    return failed.execution(0, outcome="raised", error="ValueError: on purpose")
