"""Drive namings through the metalab under test, and see what became of every name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pytest_optbench.drive.planned_sweep import Trial
from pytest_optbench.drive.reading import complete
from pytest_optbench.drive.sweep_context import Place
from pytest_optbench.stress.audit.name_outcomes import Fate, fates, lost, shown
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, key_of, read, witnessing
from pytest_optbench.target import StoredRun, StoreSnapshot, Summary

from .workload import COMPANION, Naming, naming


@dataclass(frozen=True)
class NamedRuns:
    """What driving namings came to.

    `namings` holds, for each naming, the fates of its names in every run; `companions` has a sentence for each
    companion that was not kept, and `executed` counts runs.
    """

    namings: tuple[tuple[Fate, ...], ...]
    companions: tuple[str, ...]
    store: StoreSnapshot
    summary: Summary
    executed: int

    def fallen(self, outcome: str) -> list[Fate]:
        """The fates of that outcome (lost, unlisted, denied, nameless), the shortest name first."""
        found = (fate for group in self.namings for fate in group if fate.outcome == outcome)
        return sorted(found, key=lambda fate: (len(fate.name), fate.name))

    @property
    def errors(self) -> list[str]:
        """What the sweep raised, and what of its store cannot be read."""
        return [*filter(None, [self.summary.error]), *self.store.problems]

    def curve(self) -> list[tuple[int, int, bool]]:
        """After each naming: names tried so far, names that survived in all their runs, and whether those are all."""
        points, tried, survived = [], 0, 0
        for group in self.namings:
            fallen = {fate.name for fate in group if not fate.survived}
            names = {fate.name for fate in group}
            tried += len(names)
            survived += len(names - fallen)
            points.append((tried, survived, survived == tried))
        return points


def drive_names(namings: Iterable[Naming], place: Place, *, replicates: int = 2, title: str = "naming") -> NamedRuns:
    """Run every naming `replicates` times: each run captures values of its own under the same names."""
    chosen = list(namings)
    trial = Trial(title, naming, [one.params for one in chosen], seeds=(0, replicates))
    experiment = trial.experiment(place.target)
    with witnessing(place.witness, place.session):
        summary = place.target.attempt(experiment, place.drive)
    read_back = place.target.read(place.drive.store, experiment)
    store = complete(place, experiment, read_back, read(place.witness))
    if not any(execution.session == place.session for execution in read(place.witness)):
        summary.sound()  # no name is to blame for what is raised before anything runs
    books = _Books.of(place, store)
    judged = [[books.judge(one, replicate) for replicate in range(replicates)] for one in chosen]
    return NamedRuns(
        namings=tuple(tuple(fate for fates_, _ in group for fate in fates_) for group in judged),
        companions=tuple(told for group in judged for _, told in group if told),
        store=store,
        summary=summary,
        executed=len(books.seen),
    )


@dataclass(frozen=True)
class _Books:
    """What was seen and what is stored, by key; `origins` says who captured what."""

    seen: Mapping[str, Execution]
    records: Mapping[str, StoredRun]
    origins: Mapping[str, str]

    @classmethod
    def of(cls, place: Place, store: StoreSnapshot) -> _Books:
        seen = {execution.key: execution for execution in read(place.witness) if execution.session == place.session}
        records = {str(run.metrics.get(WITNESS_METRIC)): run for run in store.runs}
        return cls(seen, records, _origins(seen, records))

    def judge(self, one: Naming, replicate: int) -> tuple[tuple[Fate, ...], str]:
        """The fates of a run's names, and what is wrong with its companion."""
        key = key_of(one.params, 0, replicate)
        execution, record = self.seen.get(key), self.records.get(key)
        if execution is None:
            return tuple(Fate(name, "(none)", "lost", "its run was never executed") for name in one.names), ""
        told = lost(COMPANION, execution, record, self.origins)
        beside = f"Beside {', '.join(map(shown, one.names))} ({one.label}), artifact {COMPANION!r}"
        judged = fates(one.names, execution, record, self.origins, one.ordinary)
        return judged, f"{beside}: {told}." if told else ""


def _origins(seen: Mapping[str, Execution], records: Mapping[str, StoredRun]) -> Mapping[str, str]:
    """Who captured what: for saying whose artifact is read back in place of another."""
    return {
        digest: f"what run {records[key].run_id if key in records else key} captured as {shown(name)}"
        for key, execution in seen.items()
        for name, digest in (execution.artifacts or {}).items()
    }
