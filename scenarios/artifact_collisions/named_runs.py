"""Run namings by the metalab under test, and return the outcome of every name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.reading import add_unlisted
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.audit.name_outcomes import NameOutcome, lost, name_outcomes, shown
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, read, run_key, witnessing
from pytest_optbench.target import StoredRun, StoreSnapshot, Summary

from .workload import COMPANION, Naming, naming


@dataclass(frozen=True)
class NamedRuns:
    """The result of running namings.

    `namings` has, for each naming, the outcome of its names in every run; `controls` has a sentence for each
    control artifact that was not kept, and `executed` counts runs.
    """

    namings: tuple[tuple[NameOutcome, ...], ...]
    controls: tuple[str, ...]
    store: StoreSnapshot
    summary: Summary
    executed: int

    def failed(self, outcome: str) -> list[NameOutcome]:
        """Return the names with that outcome (lost, unlisted, denied, unnamed), the shortest name first."""
        failed = (name for group in self.namings for name in group if name.outcome == outcome)
        return sorted(failed, key=lambda outcome: (len(outcome.name), outcome.name))

    @property
    def errors(self) -> list[str]:
        """The error of the sweep, and the problems of reading its store."""
        return [*filter(None, [self.summary.error]), *self.store.problems]

    @property
    def not_survived(self) -> list[str]:
        """The names that did not survive in some run, as text, in the order in which they were tried."""
        return list(dict.fromkeys(shown(name.name) for group in self.namings for name in group if not name.survived))

    def curve(self) -> list[tuple[int, int, bool]]:
        """Return for each naming: names tried so far, names that survived in all runs, and whether those are all."""
        points, tried, survived = [], 0, 0
        for group in self.namings:
            failed = {outcome.name for outcome in group if not outcome.survived}
            names = {outcome.name for outcome in group}
            tried += len(names)
            survived += len(names - failed)
            points.append((tried, survived, survived == tried))
        return points


def drive_names(
    namings: Iterable[Naming], ctx: SweepContext, *, replicates: int = 2, title: str = "naming"
) -> NamedRuns:
    """Run every naming `replicates` times: each run captures different values under the same names."""
    chosen = list(namings)
    planned_sweep = PlannedSweep(title, naming, [names.params for names in chosen], seeds=(0, replicates))
    experiment = planned_sweep.experiment(ctx.target)
    with witnessing(ctx.witness, ctx.session):
        summary = ctx.target.attempt(experiment, ctx.options)
    read_back = ctx.target.read(ctx.options.store, experiment)
    store = add_unlisted(ctx, experiment, read_back, read(ctx.witness))
    if not any(execution.session == ctx.session for execution in read(ctx.witness)):
        summary.raise_for_error()  # an error before the first run is not caused by a name
    evidence = _NameRecords.of(ctx, store)
    judged = [[evidence.judge(names, replicate) for replicate in range(replicates)] for names in chosen]
    return NamedRuns(
        namings=tuple(tuple(outcome for outcomes, _ in group for outcome in outcomes) for group in judged),
        controls=tuple(message for group in judged for _, message in group if message),
        store=store,
        summary=summary,
        executed=len(evidence.seen),
    )


@dataclass(frozen=True)
class _NameRecords:
    """Executions and records by key; `origins` maps digests to a description of the captured artifact."""

    seen: Mapping[str, Execution]
    records: Mapping[str, StoredRun]
    origins: Mapping[str, str]

    @classmethod
    def of(cls, ctx: SweepContext, store: StoreSnapshot) -> _NameRecords:
        seen = {execution.key: execution for execution in read(ctx.witness) if execution.session == ctx.session}
        records = {str(run.metrics.get(WITNESS_METRIC)): run for run in store.runs}
        return cls(seen, records, _origins(seen, records))

    def judge(self, chosen: Naming, replicate: int) -> tuple[tuple[NameOutcome, ...], str]:
        """Return the outcomes of a run's names, and what is wrong with its companion artifact."""
        key = run_key(chosen.params, 0, replicate)
        execution, record = self.seen.get(key), self.records.get(key)
        if execution is None:
            return tuple(NameOutcome(name, "(none)", "lost", "its run was never executed") for name in chosen.names), ""
        problem = lost(COMPANION, execution, record, self.origins)
        companion = f"Captured with {', '.join(map(shown, chosen.names))} ({chosen.label}), artifact {COMPANION!r}"
        outcomes = name_outcomes(chosen.names, execution, record, self.origins, chosen.ordinary)
        return outcomes, f"{companion}: {problem}." if problem else ""


def _origins(seen: Mapping[str, Execution], records: Mapping[str, StoredRun]) -> Mapping[str, str]:
    """Describe every captured artifact by its digest, for messages about one that is read back instead of another."""
    return {
        digest: f"what run {records[key].run_id if key in records else key} captured as {shown(name)}"
        for key, execution in seen.items()
        for name, digest in (execution.artifacts or {}).items()
    }
