"""Run many small sweeps, each in a store of its own, and report the result of every case."""

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

from .refusals import names_its_cause
from .sweep_context import SweepContext

RECEIVED = "received"
PLAIN = {"plain": 1}  # a case that no runner has a reason to refuse
RESOLVED = {"params", "resolver"}  # fields whose own code may refuse
_TARGET = load_target()


@workload("receive", params=False)
def receive(run: WorkloadRun) -> None:
    """Tell the witness the exact parameters as they arrived, and as text."""
    run.produced.metrics.update({WITNESS_METRIC: run.key, RECEIVED: short_repr(run.params)})
    run.capture.metric(WITNESS_METRIC, run.key)


@dataclass(frozen=True)
class ProbeResult:
    """The result of a small sweep: `error` is that of its runner, `executions` are those of this sweep alone."""

    error: str | None
    executions: tuple[Execution, ...]
    runs: tuple[StoredRun, ...]

    @property
    def refused(self) -> bool:
        """Whether the sweep ended with an error before anything ran."""
        return self.error is not None and not self.executions

    @property
    def executed(self) -> tuple[str, ...]:
        """The keys of the executions, in order."""
        return tuple(execution.key for execution in self.executions)

    def lost(self, cases: Sequence[Mapping[str, Any]], seeds: tuple[int, int] = (0, 1)) -> list[str]:
        """Describe the cases that did not run as they were planned, or are not stored."""
        planned = {run_key(case, seeds[0], number): case for case in cases for number in range(seeds[1])}
        received = [run.metrics[RECEIVED] for run in self.executions if run.key not in planned and run.metrics]
        messages, executed, stored = [], set(self.executed), self.ids()
        for key, case in planned.items():
            if key not in executed:
                messages.append(f"{short_repr(case)} was planned; the operation received {received or 'nothing'}")
            elif key not in stored:
                messages.append(f"{short_repr(case)} was executed and is not stored")
        return messages

    def ids(self) -> Mapping[str, str]:
        """Return the run id of each stored key."""
        return {run.metrics[WITNESS_METRIC]: run.run_id for run in self.runs if WITNESS_METRIC in run.metrics}


class IdentityProbe:
    """Runs small sweeps below one folder, and counts their executions.

    `ctx` has their options, and the store whose folder holds them; a folder of `run` is removed after it was read.
    """

    def __init__(self, ctx: SweepContext) -> None:
        self._ctx = ctx
        self._folder = Path(ctx.options.store).parent
        self.executed = self.audited = self.refused = 0
        self.seconds = 0.0
        self.refused_ordinary: list[str] = []  # sweeps of ordinary cases and contexts of which nothing ran
        self.unexplained: list[str] = []  # refusals that do not name what they refuse
        self._plain_ran = False

    def run(self, cases: Sequence[Mapping[str, Any]], **fields: Any) -> ProbeResult:
        """Run a sweep over `cases` in a new store; `fields` are those of `Target.experiment`, such as `seeds`.

        Raises:
            TargetRaisedError: the target refuses every sweep, so a refusal says nothing about these cases.
        """
        folder = self.new_folder()
        try:
            return self.run_in(folder, cases, **fields)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def run_in(self, folder: Path, cases: Sequence[Mapping[str, Any]], **fields: Any) -> ProbeResult:
        """Run a sweep in a folder from `new_folder`, where earlier ones may have run.

        Raises:
            TargetRaisedError: as `run`.
        """
        fresh = not (folder / "store").exists()
        result = self._sweep(folder, cases, fields)
        self.executed += len(result.executions)
        self.audited += len(cases)
        if not result.executions and (fresh or result.error is not None) and _must_run(cases, fields):
            self.refused_ordinary.append(
                f"{_inputs(cases, fields)}: {result.error or 'the sweep ended without an error'}"
            )
        self.refused += result.refused
        if result.refused:
            self._check_plain_case()
            if not fields.keys() & RESOLVED and not names_its_cause(str(result.error), *cases, fields.get("context")):
                self.unexplained.append(f"{_inputs(cases, fields)}: {result.error}")
        return result

    def _check_plain_case(self) -> None:
        """Run a plain case, once, after the first refusal."""
        if self._plain_ran:
            return
        plain = self._sweep(self.new_folder(), [PLAIN], {})
        self.executed += len(plain.executions)
        if plain.error is not None:
            raise TargetRaisedError(f"it raised {plain.error}")
        self._plain_ran = True

    def _sweep(self, folder: Path, cases: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> ProbeResult:
        target, session = self._ctx.target, uuid.uuid4().hex
        options = replace(self._ctx.options, store=str(folder / "store"))
        description = {"name": "small", "version": "1", "operation": receive, "params": list(cases), **fields}
        with witnessing(folder / "witness.jsonl", session) as witness:
            error, experiment = None, None
            try:
                experiment = target.experiment(**description)
            except Exception as refusal:  # noqa: BLE001 - a refusal, to be judged like one of `run`
                error = f"{type(refusal).__name__}: {refusal}"
            if experiment is not None:
                summary = target.attempt(experiment, options)
                error, self.seconds = summary.error, self.seconds + summary.seconds
        executions = tuple(execution for execution in read(witness) if execution.session == session)
        runs = () if experiment is None else tuple(target.iter_runs(options.store, experiment, wanted=RECORDS_ONLY))
        return ProbeResult(error, executions, runs)

    def new_folder(self) -> Path:
        """Make a new folder, for sweeps that share a store."""
        folder = self._folder / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        return folder

    def ids(self, cases: Sequence[Mapping[str, Any]], **fields: Any) -> list[str | None]:
        """Return the run id of each case; None for one that is refused or not stored.

        One sweep runs all cases if it shows all ids, else each case has a sweep: a refused case stops the others, and
        of two cases with one id only one is stored.
        """
        once = distinct(cases)
        together = self.run(list(once.values()), **fields)
        stored = dict(together.ids())
        if together.error is not None or len(set(stored.values())) < len(once):
            alone = {key: self.run([case], **fields).runs for key, case in once.items()}
            stored = {key: runs[0].run_id for key, runs in alone.items() if len(runs) == 1}
        return [stored.get(run_key(case, 0, 0)) for case in cases]

    def context_ids(self, contexts: Sequence[Any]) -> list[str | None]:
        """Return the id that a run gets under each context, in a sweep of its own; None if it is refused."""
        stored = (self.run([{"n": 0}], context=context).runs for context in contexts)
        return [runs[0].run_id if len(runs) == 1 else None for runs in stored]

    def lost(self, cases: Sequence[Mapping[str, Any]]) -> list[str]:
        """Describe the cases that were neither refused nor received and stored as they were planned."""
        once = list(distinct(cases).values())
        together = self.run(once)
        if together.error is None and not together.lost(once):
            return []
        alone = ((case, self.run([case])) for case in once)
        return [message for case, result in alone if not result.refused for message in result.lost([case])]

    def shared_id(self, cases: Sequence[Mapping[str, Any]], **fields: Any) -> str:
        """Describe two different cases that share a run id; "" if none do, or they are refused."""
        seen: dict[str, Mapping[str, Any]] = {}
        for case, run_id in zip(cases, self.ids(cases, **fields), strict=True):
            if run_id is not None and seen.setdefault(run_id, case) is not case:
                return shared_id_message(seen[run_id], case, run_id)
        return ""

    def same_run(self, case: Mapping[str, Any], twin: Mapping[str, Any], **fields: Any) -> str:
        """Describe how the runs of two equal cases differ, the second of which must not execute; "" if they do not."""
        folder = self.new_folder()
        try:
            first, again = self.run_in(folder, [case], **fields), self.run_in(folder, [twin], **fields)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        before, after = ({run.run_id for run in result.runs} for result in (first, again))
        if not before or (not again.executions and before == after):
            return ""
        other = ", ".join(sorted(after - before)) or again.error or "the same run, and executed again"
        return (
            f"{short_repr(case)} is run {', '.join(before)}; filled in another order, {short_repr(twin)}, it is {other}"
        )


def _must_run(cases: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> bool:
    """Return whether a sweep may not be refused: cases and context are ordinary, and no resolver can refuse them."""
    if not cases or fields.keys() & RESOLVED:
        return False
    return are_ordinary(cases) and is_ordinary(fields.get("context"), classes=True)


def _inputs(cases: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> str:
    under = f" under {short_repr(fields['context'])}" if "context" in fields else ""
    return f"{short_repr(list(cases))}{under}"


def distinct(cases: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return each different case once, by its key."""
    return {run_key(case, 0, 0): case for case in cases}


def shared_id_message(case: Mapping[str, Any], other: Mapping[str, Any], run_id: str) -> str:
    """Return the message about two different cases with one id."""
    return f"{short_repr(case)} and {short_repr(other)} are one run, {run_id}"
