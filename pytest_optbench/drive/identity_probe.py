"""Many small sweeps, each in a store of its own, and what became of every case in them."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pytest_optbench.errors import TargetRaisedError
from pytest_optbench.stress.witness.log import Execution, read
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, run_key, witnessing
from pytest_optbench.target import StoredRun, load_target
from pytest_optbench.target.snapshot import RECORDS_ONLY
from pytest_optbench.text import short_repr
from pytest_optbench.workloads.ordinary_values import are_ordinary, is_ordinary
from pytest_optbench.workloads.workload import WorkloadRun, workload

from .sweep_context import SweepContext

RECEIVED = "received"
PLAIN = {"plain": 1}  # what nobody has a reason to refuse
_TARGET = load_target()


@workload("receive", params=False)
def receive(run: WorkloadRun) -> None:
    """Tell the witness the exact parameters as they arrived, and as text."""
    run.produced.metrics.update({WITNESS_METRIC: run.key, RECEIVED: short_repr(run.params)})
    run.capture.metric(WITNESS_METRIC, run.key)


@dataclass(frozen=True)
class ProbeResult:
    """What became of a small sweep: `error` is what its runner raised, `executions` are those of this sweep alone."""

    error: str | None
    executions: tuple[Execution, ...]
    runs: tuple[StoredRun, ...]

    @property
    def refused(self) -> bool:
        """Whether it ended before anything ran."""
        return self.error is not None and not self.executions

    @property
    def executed(self) -> tuple[str, ...]:
        """The keys of what ran, in order."""
        return tuple(execution.key for execution in self.executions)

    def lost(self, cases: Sequence[Mapping[str, Any]], seeds: tuple[int, int] = (0, 1)) -> list[str]:
        """What is wrong with cases that were neither refused nor ran and were stored as they were planned."""
        planned = {run_key(case, seeds[0], number): case for case in cases for number in range(seeds[1])}
        strange = [one.metrics[RECEIVED] for one in self.executions if one.key not in planned and one.metrics]
        told, executed, stored = [], set(self.executed), self.ids()
        for key, case in planned.items():
            if key not in executed:
                told.append(f"{short_repr(case)} was planned; the operation received {strange or 'nothing'}")
            elif key not in stored:
                told.append(f"{short_repr(case)} was executed and is not stored")
        return told

    def ids(self) -> Mapping[str, str]:
        """The run id of each stored key."""
        return {run.metrics[WITNESS_METRIC]: run.run_id for run in self.runs if WITNESS_METRIC in run.metrics}


class IdentityProbe:
    """Runs small sweeps below one folder, and counts what they executed.

    `place` says how they run, and beside whose store; a folder of `run` is removed once it was read.
    """

    def __init__(self, ctx: SweepContext) -> None:
        self._place = ctx
        self._folder = Path(ctx.options.store).parent
        self.executed = self.audited = self.refused = 0
        self.seconds = 0.0
        self.denied: list[str] = []  # sweeps of ordinary cases under ordinary contexts of which nothing ran
        self._runs_plain = False

    def run(self, cases: Sequence[Mapping[str, Any]], **fields: Any) -> ProbeResult:
        """Run a sweep of its own over `cases`; `fields` are those of `Target.experiment`, such as `seeds`.

        Raises:
            TargetRaisedError: it was refused, and so is every sweep: that is no answer to these cases.
        """
        folder = self.store()
        try:
            return self.at(folder, cases, **fields)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def at(self, folder: Path, cases: Sequence[Mapping[str, Any]], **fields: Any) -> ProbeResult:
        """Run a sweep in a folder from `store`, where earlier ones may have run; raises as `run`."""
        fresh = not (folder / "store").exists()
        swept = self._sweep(folder, cases, fields)
        self.executed += len(swept.executions)
        self.audited += len(cases)
        if not swept.executions and (fresh or swept.error is not None) and _must_run(cases, fields):
            under = f" under {short_repr(fields['context'])}" if "context" in fields else ""
            self.denied.append(f"{short_repr(list(cases))}{under}: {swept.error or 'the sweep ended without an error'}")
        self.refused += swept.refused
        if swept.refused:
            self._see_a_plain_case_run()
        return swept

    def _see_a_plain_case_run(self) -> None:
        """Once, beside the first refusal."""
        if self._runs_plain:
            return
        plain = self._sweep(self.store(), [PLAIN], {})
        self.executed += len(plain.executions)
        if plain.error is not None:
            raise TargetRaisedError(f"it raised {plain.error}")
        self._runs_plain = True

    def _sweep(self, folder: Path, cases: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> ProbeResult:
        target, session = self._place.target, uuid.uuid4().hex
        options = replace(self._place.options, store=str(folder / "store"))
        about = {"name": "small", "version": "1", "operation": receive, "params": list(cases), **fields}
        with witnessing(folder / "witness.jsonl", session) as witness:
            error, experiment = None, None
            try:
                experiment = target.experiment(**about)
            except Exception as refusal:  # noqa: BLE001 - a refusal, to be judged like one of `run`
                error = f"{type(refusal).__name__}: {refusal}"
            if experiment is not None:
                summary = target.attempt(experiment, options)
                error, self.seconds = summary.error, self.seconds + summary.seconds
        executions = tuple(one for one in read(witness) if one.session == session)
        runs = () if experiment is None else tuple(target.iter_runs(options.store, experiment, wanted=RECORDS_ONLY))
        return ProbeResult(error, executions, runs)

    def store(self) -> Path:
        """A fresh folder, for sweeps that share a store."""
        folder = self._folder / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        return folder

    def ids(self, cases: Sequence[Mapping[str, Any]], **fields: Any) -> list[str | None]:
        """The run id of each case; None for one that is refused or not stored.

        In one sweep where that shows all of them, else case by case: one that is refused stops the others, and of two
        that share an id only one is stored.
        """
        once = distinct(cases)
        together = self.run(list(once.values()), **fields)
        stored = dict(together.ids())
        if together.error is not None or len(set(stored.values())) < len(once):
            alone = {key: self.run([case], **fields).runs for key, case in once.items()}
            stored = {key: runs[0].run_id for key, runs in alone.items() if len(runs) == 1}
        return [stored.get(run_key(case, 0, 0)) for case in cases]

    def context_ids(self, contexts: Sequence[Any]) -> list[str | None]:
        """The id that a run gets under each context, in a sweep of its own; None where that is refused."""
        found = (self.run([{"n": 0}], context=context).runs for context in contexts)
        return [runs[0].run_id if len(runs) == 1 else None for runs in found]

    def lost(self, cases: Sequence[Mapping[str, Any]]) -> list[str]:
        """What is wrong with cases that neither were refused nor arrived and were stored as they were planned."""
        once = list(distinct(cases).values())
        together = self.run(once)
        if together.error is None and not together.lost(once):
            return []
        alone = ((case, self.run([case])) for case in once)
        return [told for case, swept in alone if not swept.refused for told in swept.lost([case])]

    def told_apart(self, cases: Sequence[Mapping[str, Any]], **fields: Any) -> str:
        """Which two of some different cases share a run id; "" where none do, or they are refused."""
        seen: dict[str, Mapping[str, Any]] = {}
        for case, run_id in zip(cases, self.ids(cases, **fields), strict=True):
            if run_id is not None and seen.setdefault(run_id, case) is not case:
                return one_run(seen[run_id], case, run_id)
        return ""

    def same_run(self, case: Mapping[str, Any], twin: Mapping[str, Any], **fields: Any) -> str:
        """What tells a case from an equal one, which must not execute again; "" where nothing does."""
        folder = self.store()
        try:
            first, again = self.at(folder, [case], **fields), self.at(folder, [twin], **fields)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        before, after = ({run.run_id for run in swept.runs} for swept in (first, again))
        if not before or (not again.executions and before == after):
            return ""
        other = ", ".join(sorted(after - before)) or again.error or "the same run, and executed again"
        return (
            f"{short_repr(case)} is run {', '.join(before)}; filled in another order, {short_repr(twin)}, it is {other}"
        )


def _must_run(cases: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> bool:
    """Whether a sweep may not be refused: its cases and context are ordinary, and no resolver may refuse them."""
    if not cases or fields.keys() & {"params", "resolver"}:
        return False
    return are_ordinary(cases) and is_ordinary(fields.get("context"), classes=True)


def distinct(cases: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Each different case once, by its key."""
    return {run_key(case, 0, 0): case for case in cases}


def one_run(case: Mapping[str, Any], other: Mapping[str, Any], run_id: str) -> str:
    """What to say of two different cases with one id."""
    return f"{short_repr(case)} and {short_repr(other)} are one run, {run_id}"
