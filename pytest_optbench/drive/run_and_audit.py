"""Drive a sweep through the metalab under test, and audit plan, witness and store against each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pytest_optbench.errors import TargetRaisedError
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.audit import audit
from pytest_optbench.stress.audit.dir_snapshot import temporary_files
from pytest_optbench.stress.audit.promises import Finding, Violation, smallest
from pytest_optbench.stress.audit.reconcile import PlannedRun
from pytest_optbench.stress.audit.store_checks import Around
from pytest_optbench.stress.audit.strict_json import loose_json
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, Execution, announce, read, witnessing
from pytest_optbench.target import StoredRun, StoreSnapshot, Summary, Target
from pytest_optbench.target.snapshot import RECORDS_ONLY

from .reading import complete
from .sweep_context import Place

SWEEP_ENDS = promise(TargetRaisedError.promise)


class Drivable(Protocol):
    """What can be driven and audited: a `Sweep` or a `Trial`."""

    @property
    def name(self) -> str: ...

    def experiment(self, target: Target) -> Any: ...

    def plan(self) -> Iterator[PlannedRun]: ...


@dataclass(frozen=True)
class Audited:
    """What a drive showed: runs executed, runs examined, seconds of driving, and the broken promises.

    `stored` has the keys of the successes that were found.
    """

    executed: int
    audited: int
    seconds: float
    findings: tuple[Finding, ...]
    stored: frozenset[str] = frozenset()


def drive_audited(sweep: Drivable, place: Place) -> Audited:
    """Run a sweep and audit what it was to do, what it did and what is stored of it."""
    experiment = sweep.experiment(place.target)
    plan = list(sweep.plan())
    before = stored_before(sweep, place)
    was_empty = _is_empty(Path(place.drive.store))
    beside = _beside(place)
    with witnessing(place.witness, place.session):
        announce(sweep.name, runs=len(plan), stored=len(before))
        summary = place.target.attempt(experiment, place.drive)
    strays = tuple(sorted(_beside(place) - beside))
    messages = summary.messages if was_empty else ()  # what was there before may be a reason to log
    driven = audit_driven(sweep, place, before, messages, strays)
    return replace(driven, seconds=summary.seconds, findings=(*_errors(summary), *driven.findings))


def audit_driven(
    sweep: Drivable,
    place: Place,
    before: Collection[str] = (),
    messages: tuple[str, ...] = (),
    strays: tuple[str, ...] = (),
) -> Audited:
    """Audit a sweep that was driven already, by whatever processes.

    `before` is what `stored_before` gave, `messages` what the target logged meanwhile, `strays` what appeared beside
    the store.
    """
    experiment = sweep.experiment(place.target)
    plan = list(sweep.plan())
    executions = _judged(_concerning(plan, read(place.witness), place.session), place.target)
    store = complete(place, experiment, _read(place, experiment, plan), executions)
    around = _around(place, experiment, store) if place.fresh else Around()
    around = replace(around, messages=messages, strays=strays)
    findings = _findings(place, experiment, plan, executions, store, before, around)
    return Audited(len(_of_session(executions, place.session)), len(store.runs), 0.0, findings, _successes(store.runs))


def audit_whole(sweep: Drivable, place: Place) -> Audited:
    """Audit the whole store after the last shard: everything planned is there once, sound, and nothing else is."""
    experiment = sweep.experiment(place.target)
    plan = list(sweep.plan())
    executions = _judged(read(place.witness.parent), place.target)
    store = complete(place, experiment, place.target.read(place.drive.store, experiment), executions)
    now = {execution.key for execution in _of_session(executions, place.session)}
    before = frozenset(key for key in map(_key, store.runs) if key is not None) - now
    around = _around(place, experiment, store)
    findings = _findings(place, experiment, plan, executions, store, before, around)
    return Audited(0, len(store.runs), 0.0, findings)


def _findings(
    place: Place, experiment: Any, plan: Iterable[PlannedRun], executions: Iterable[Execution], store: StoreSnapshot,
    before: Collection[str], around: Around,
) -> tuple[Finding, ...]:  # fmt: skip
    name = place.target.experiment_id(experiment)
    found = audit(plan, executions, store, before=before, session=place.session, experiment_id=name, around=around)
    return smallest(found)


def _around(place: Place, experiment: Any, store: StoreSnapshot) -> Around:
    """What the target's own check and a look at the files say; nobody may be writing to these runs."""
    folder = Path(place.drive.store)
    if not folder.is_dir():
        return Around()
    checked = place.target.check(place.drive.store, experiment) if "check" in place.target.features else ()
    loose = loose_json(folder, of={run.run_id for run in store.runs})
    return Around(checked=checked, loose=tuple(loose), orphans=tuple(temporary_files(folder)))


def _is_empty(store: Path) -> bool:
    return not store.is_dir() or not any(store.iterdir())


def _beside(place: Place) -> set[str]:
    """What lies in the folder that holds the store, apart from it and the witness."""
    store = Path(place.drive.store)
    if not (place.own and store.parent.is_dir()):
        return set()
    kept = (store.name, place.witness.name)
    return {path.name for path in store.parent.iterdir() if path.name not in kept}


def _judged(executions: Iterable[Execution], target: Target) -> list[Execution]:
    """The executions without what the target does not offer: that is not applicable, and no break."""
    if "steps" in target.features:
        return list(executions)
    return [replace(execution, series=None) for execution in executions]


def _concerning(plan: Sequence[PlannedRun], executions: Iterable[Execution], session: str) -> list[Execution]:
    """The executions of this session, and the earlier ones of what is planned: others had a plan of their own."""
    keys = {run.key for run in plan}
    return [execution for execution in executions if execution.session == session or execution.key in keys]


def _of_session(executions: Iterable[Execution], session: str) -> list[Execution]:
    return [execution for execution in executions if execution.session == session]


def stored_before(sweep: Drivable, place: Place) -> frozenset[str]:
    """The keys of a sweep's runs that the store holds as successes already; none where no earlier session was."""
    if not place.resumable:
        return frozenset()
    return successes_in(sweep, place) & {run.key for run in sweep.plan()}


def successes_in(sweep: Drivable, place: Place) -> frozenset[str]:
    """The keys of all runs that the store holds as successes of a sweep's experiment."""
    return _successes(place.target.iter_runs(place.drive.store, sweep.experiment(place.target), wanted=RECORDS_ONLY))


def _successes(runs: Iterable[StoredRun]) -> frozenset[str]:
    return frozenset(key for run in runs if run.status == "success" and (key := _key(run)) is not None)


def _read(place: Place, experiment: Any, plan: Sequence[PlannedRun]) -> StoreSnapshot:
    """The runs of this part of the store, in full, and every problem of the store; all runs, where all are planned.

    Else a first cheap pass finds the part's run ids, so that the shards of one store do not each load all its
    artifacts.
    """
    store = place.drive.store
    if place.fresh:
        return place.target.read(store, experiment)
    problems: list[str] = []
    keys = {run.key for run in plan}
    params = {_text(run.params) for run in plan}
    runs = place.target.iter_runs(store, experiment, wanted=RECORDS_ONLY, problems=problems)
    mine = [run.run_id for run in runs if _key(run) in keys or (_key(run) is None and _text(run.params) in params)]
    read = place.target.read(store, experiment, run_ids=mine)
    return StoreSnapshot(read.runs, (*problems, *read.problems))


def _key(run: StoredRun) -> str | None:
    """The key that ties a record to its execution; a run that failed early may lack it."""
    return run.metrics.get(WITNESS_METRIC)


def _text(params: Mapping[str, Any] | None) -> str:
    return "" if params is None else repr(sorted(params.items()))


def _errors(summary: Summary) -> Iterator[Finding]:
    if summary.error is not None:
        yield Finding(Violation(SWEEP_ENDS, f"it raised {summary.error}"), 0)
