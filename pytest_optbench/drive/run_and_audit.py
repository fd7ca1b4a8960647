"""Run a sweep by the metalab under test, and audit plan, witness and store against each other."""

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
from pytest_optbench.stress.audit.store_checks import StoreFindings
from pytest_optbench.stress.audit.strict_json import invalid_json
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, Execution, read, record_plan, witnessing
from pytest_optbench.target import StoredRun, StoreSnapshot, Summary, Target
from pytest_optbench.target.snapshot import RECORDS_ONLY

from .reading import add_unlisted
from .sweep_context import SweepContext

SWEEP_ENDS = promise(TargetRaisedError.promise)


class Drivable(Protocol):
    """A sweep that can be run and audited: a `Sweep` or a `PlannedSweep`."""

    @property
    def name(self) -> str: ...

    def experiment(self, target: Target) -> Any: ...

    def plan(self) -> Iterator[PlannedRun]: ...


@dataclass(frozen=True)
class AuditResult:
    """The result of a sweep and its audit: runs executed, runs examined, seconds of execution, and every violation.

    `stored` has the keys of the stored successes.
    """

    executed: int
    audited: int
    seconds: float
    violations: tuple[Violation, ...] = ()
    stored: frozenset[str] = frozenset()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The smallest case of each broken promise."""
        return smallest(self.violations)


def run_and_audit(sweep: Drivable, ctx: SweepContext) -> AuditResult:
    """Run a sweep and audit its plan, its executions and its records."""
    experiment = sweep.experiment(ctx.target)
    plan = list(sweep.plan())
    before = stored_before(sweep, ctx)
    was_empty = _is_empty(Path(ctx.options.store))
    siblings = _siblings_of_store(ctx)
    with witnessing(ctx.witness, ctx.session):
        record_plan(sweep.name, runs=len(plan), stored=len(before))
        summary = ctx.target.attempt(experiment, ctx.options)
    appeared = tuple(sorted(_siblings_of_store(ctx) - siblings))
    messages = summary.messages if was_empty else ()  # earlier content may be a reason to log
    driven = audit_after(sweep, ctx, before, messages, appeared)
    return replace(driven, seconds=summary.seconds, violations=(*_errors(summary), *driven.violations))


def audit_after(
    sweep: Drivable,
    ctx: SweepContext,
    before: Collection[str] = (),
    messages: tuple[str, ...] = (),
    appeared: tuple[str, ...] = (),
) -> AuditResult:
    """Audit a sweep that has run already, in any processes.

    `before` is the result of `stored_before`, `messages` are those that the target logged meanwhile, `appeared` are
    files and folders that appeared next to the store.
    """
    experiment = sweep.experiment(ctx.target)
    plan = list(sweep.plan())
    executions = _without_missing_features(_relevant(plan, read(ctx.witness), ctx.session), ctx.target)
    store = add_unlisted(ctx, experiment, _read(ctx, experiment, plan), executions)
    findings = _store_findings(ctx, experiment, store) if ctx.fresh else StoreFindings()
    findings = replace(findings, messages=messages, appeared_outside=appeared)
    violations = _violations(ctx, experiment, plan, executions, store, before, findings)
    return AuditResult(
        len(_of_session(executions, ctx.session)), len(store.runs), 0.0, violations, _successes(store.runs)
    )


def audit_store(sweep: Drivable, ctx: SweepContext) -> AuditResult:
    """Audit the whole store after the last shard: it has every planned run once, sound, and nothing else."""
    experiment = sweep.experiment(ctx.target)
    plan = list(sweep.plan())
    executions = _without_missing_features(read(ctx.witness.parent), ctx.target)
    store = add_unlisted(ctx, experiment, ctx.target.read(ctx.options.store, experiment), executions)
    now = {execution.key for execution in _of_session(executions, ctx.session)}
    before = frozenset(key for key in map(_key, store.runs) if key is not None) - now
    findings = _store_findings(ctx, experiment, store)
    violations = _violations(ctx, experiment, plan, executions, store, before, findings)
    return AuditResult(0, len(store.runs), 0.0, violations)


def _violations(
    ctx: SweepContext,
    experiment: Any,
    plan: Iterable[PlannedRun],
    executions: Iterable[Execution],
    store: StoreSnapshot,
    before: Collection[str],
    findings: StoreFindings,
) -> tuple[Violation, ...]:
    experiment_id = ctx.target.experiment_id(experiment)
    return audit(
        plan,
        executions,
        store,
        before=before,
        session=ctx.session,
        experiment_id=experiment_id,
        findings=findings,
    )


def _store_findings(ctx: SweepContext, experiment: Any, store: StoreSnapshot) -> StoreFindings:
    """Return the findings of the target's own check and of the files; no other process may write these runs."""
    folder = Path(ctx.options.store)
    if not folder.is_dir():
        return StoreFindings()
    checked = ctx.target.check(ctx.options.store, experiment) if "check" in ctx.target.features else ()
    loose = invalid_json(folder, of={run.run_id for run in store.runs})
    return StoreFindings(check_problems=checked, invalid_json=tuple(loose), orphans=tuple(temporary_files(folder)))


def _is_empty(store: Path) -> bool:
    return not store.is_dir() or not any(store.iterdir())


def _siblings_of_store(ctx: SweepContext) -> set[str]:
    """Return the names in the folder that holds the store, except for it and the witness."""
    store = Path(ctx.options.store)
    if not (ctx.private_folder and store.parent.is_dir()):
        return set()
    kept = (store.name, ctx.witness.name)
    return {path.name for path in store.parent.iterdir() if path.name not in kept}


def _without_missing_features(executions: Iterable[Execution], target: Target) -> list[Execution]:
    """Return the executions without the parts that the target does not offer: their loss is not a break."""
    if "steps" in target.features:
        return list(executions)
    return [replace(execution, series=None) for execution in executions]


def _relevant(plan: Sequence[PlannedRun], executions: Iterable[Execution], session: str) -> list[Execution]:
    """Return the executions of this session, and earlier ones of planned runs: others had a plan of their own."""
    keys = {run.key for run in plan}
    return [execution for execution in executions if execution.session == session or execution.key in keys]


def _of_session(executions: Iterable[Execution], session: str) -> list[Execution]:
    return [execution for execution in executions if execution.session == session]


def stored_before(sweep: Drivable, ctx: SweepContext) -> frozenset[str]:
    """Return the keys of a sweep's runs that are stored as successes already; none without earlier sessions."""
    if not ctx.resumable:
        return frozenset()
    return successes_in(sweep, ctx) & {run.key for run in sweep.plan()}


def successes_in(sweep: Drivable, ctx: SweepContext) -> frozenset[str]:
    """Return the keys of all runs of a sweep's experiment that are stored as successes."""
    return _successes(ctx.target.iter_runs(ctx.options.store, sweep.experiment(ctx.target), wanted=RECORDS_ONLY))


def _successes(runs: Iterable[StoredRun]) -> frozenset[str]:
    return frozenset(key for run in runs if run.status == "success" and (key := _key(run)) is not None)


def _read(ctx: SweepContext, experiment: Any, plan: Sequence[PlannedRun]) -> StoreSnapshot:
    """Read the runs of this part of the store, in full, and every problem of the store.

    If the store is shared, a first cheap pass finds the part's run ids, so that each shard does not load all
    artifacts.
    """
    store = ctx.options.store
    if ctx.fresh:
        return ctx.target.read(store, experiment)
    problems: list[str] = []
    keys = {run.key for run in plan}
    params = {_text(run.params) for run in plan}
    runs = ctx.target.iter_runs(store, experiment, wanted=RECORDS_ONLY, problems=problems)
    mine = [run.run_id for run in runs if _key(run) in keys or (_key(run) is None and _text(run.params) in params)]
    read = ctx.target.read(store, experiment, run_ids=mine)
    return StoreSnapshot(read.runs, (*problems, *read.problems))


def _key(run: StoredRun) -> str | None:
    """Return the key that matches a record with its execution; a run that failed early may lack it."""
    return run.metrics.get(WITNESS_METRIC)


def _text(params: Mapping[str, Any] | None) -> str:
    return "" if params is None else repr(sorted(params.items()))


def _errors(summary: Summary) -> Iterator[Violation]:
    if summary.error is not None:
        yield Violation(SWEEP_ENDS, f"it raised {summary.error}")
