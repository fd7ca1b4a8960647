"""Drive namings through the metalab under test, and see what became of every name."""

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
    """What driving namings came to.

    `namings` holds, for each naming, the outcome of its names in every run; `controls` has a sentence for each
    control artifact that was not kept, and `executed` counts runs.
    """

    namings: tuple[tuple[NameOutcome, ...], ...]
    controls: tuple[str, ...]
    store: StoreSnapshot
    summary: Summary
    executed: int

    def failed(self, outcome: str) -> list[NameOutcome]:
        """The names with that outcome (lost, unlisted, denied, unnamed), the shortest name first."""
        found = (one for group in self.namings for one in group if one.outcome == outcome)
        return sorted(found, key=lambda outcome: (len(outcome.name), outcome.name))

    @property
    def errors(self) -> list[str]:
        """What the sweep raised, and what of its store cannot be read."""
        return [*filter(None, [self.summary.error]), *self.store.problems]

    def curve(self) -> list[tuple[int, int, bool]]:
        """After each naming: names tried so far, names that survived in all their runs, and whether those are all."""
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
    """Run every naming `replicates` times: each run captures values of its own under the same names."""
    chosen = list(namings)
    planned_sweep = PlannedSweep(title, naming, [one.params for one in chosen], seeds=(0, replicates))
    experiment = planned_sweep.experiment(ctx.target)
    with witnessing(ctx.witness, ctx.session):
        summary = ctx.target.attempt(experiment, ctx.options)
    read_back = ctx.target.read(ctx.options.store, experiment)
    store = add_unlisted(ctx, experiment, read_back, read(ctx.witness))
    if not any(execution.session == ctx.session for execution in read(ctx.witness)):
        summary.raise_for_error()  # no name is to blame for what is raised before anything runs
    books = _NameRecords.of(ctx, store)
    judged = [[books.judge(one, replicate) for replicate in range(replicates)] for one in chosen]
    return NamedRuns(
        namings=tuple(tuple(outcome for fates_, _ in group for outcome in fates_) for group in judged),
        controls=tuple(told for group in judged for _, told in group if told),
        store=store,
        summary=summary,
        executed=len(books.seen),
    )


@dataclass(frozen=True)
class _NameRecords:
    """What was seen and what is stored, by key; `origins` says who captured what."""

    seen: Mapping[str, Execution]
    records: Mapping[str, StoredRun]
    origins: Mapping[str, str]

    @classmethod
    def of(cls, ctx: SweepContext, store: StoreSnapshot) -> _NameRecords:
        seen = {execution.key: execution for execution in read(ctx.witness) if execution.session == ctx.session}
        records = {str(run.metrics.get(WITNESS_METRIC)): run for run in store.runs}
        return cls(seen, records, _origins(seen, records))

    def judge(self, one: Naming, replicate: int) -> tuple[tuple[NameOutcome, ...], str]:
        """The name_outcomes of a run's names, and what is wrong with its companion."""
        key = run_key(one.params, 0, replicate)
        execution, record = self.seen.get(key), self.records.get(key)
        if execution is None:
            return tuple(NameOutcome(name, "(none)", "lost", "its run was never executed") for name in one.names), ""
        told = lost(COMPANION, execution, record, self.origins)
        beside = f"Beside {', '.join(map(shown, one.names))} ({one.label}), artifact {COMPANION!r}"
        judged = name_outcomes(one.names, execution, record, self.origins, one.ordinary)
        return judged, f"{beside}: {told}." if told else ""


def _origins(seen: Mapping[str, Execution], records: Mapping[str, StoredRun]) -> Mapping[str, str]:
    """Who captured what: for saying whose artifact is read back in place of another."""
    return {
        digest: f"what run {records[key].run_id if key in records else key} captured as {shown(name)}"
        for key, execution in seen.items()
        for name, digest in (execution.artifacts or {}).items()
    }
