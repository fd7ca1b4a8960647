"""Sweeps inside of sweeps, and beside each other on one executor: what they are, how they run, what came of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pytest_optbench.drive.fault_sweeps import ENDS, ChildSweepResult, describe_end
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import SWEEP_ENDS
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.audit import audit
from pytest_optbench.stress.audit.promises import Violation
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.stress.witness.log import Execution, read
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target import RunOptions, StoreSnapshot, Summary, load_target
from pytest_optbench.workloads.workload import WorkloadRun, workload

OWN = promise("nested-experiments.own-operation")
LONGEST = 100  # characters of a path through a nest that a folder is named with
BY = "by"  # the metric in which an operation signs
_TARGET = load_target()
_shared: list[Any] = []  # the executor that sweeps inside of others are to use too


@dataclass(frozen=True)
class SweepTree:
    """A tree of sweeps: one of `width` runs, each of which runs such a sweep of one level less, down to `depth` 0.

    `workers` of kind `executor` execute the outermost sweep; where they are `shared`, they execute all sweeps.
    """

    depth: int
    width: int
    executor: str = "thread"
    workers: int = 1
    shared: bool = False

    @property
    def runs(self) -> int:
        """How many runs there are on all levels."""
        return sum(self.width ** (level + 1) for level in range(self.depth + 1))

    @property
    def stores(self) -> int:
        """How many sweeps there are on all levels, each with a store of its own."""
        return sum(self.width**level for level in range(self.depth + 1))

    def __str__(self) -> str:
        use = "which execute all" if self.shared else "each on an executor of its own"
        at = f"{self.workers} {self.executor}s"
        return f"sweeps of {self.width} runs {self.depth + 1} deep, the outermost in {at}, {use}"


@workload("branch")
def branch(run: WorkloadRun) -> None:
    """Run a sweep of one level less, in a store of its own, and say how many of its runs succeeded."""
    planned_sweep, store = inside(run.params)
    options = RunOptions(str(store), shared=_shared[0] if _shared else None)
    summary = _TARGET.attempt(planned_sweep.experiment(_TARGET), options)
    if summary.error is not None:
        raise RuntimeError(f"the sweep inside of it ended with {summary.error}")
    run.capture_metrics(**{BY: "branch", "inside": summary.completed})


@workload("leaf")
def leaf(run: WorkloadRun) -> None:
    """Sign as a leaf."""
    run.capture_metrics(**{BY: "leaf"})


@workload("other_leaf")
def other_leaf(run: WorkloadRun) -> None:
    """Sign as a leaf of another experiment."""
    run.capture_metrics(**{BY: "other_leaf"})


OPERATIONS: Mapping[str, Any] = {"branch": branch, "leaf": leaf, "other_leaf": other_leaf}


def outermost(nest: SweepTree, root: Path) -> tuple[PlannedSweep, Path]:
    """The sweep that all others are inside of, and its store."""
    return _sweep(str(root), nest.depth, nest.width, "")


def inside(params: Mapping[str, Any]) -> tuple[PlannedSweep, Path]:
    """The sweep inside of a run, and its store."""
    return _sweep(params["root"], params["depth"] - 1, params["width"], f"{params['path']}{params['n']}-")


def sweeps_of(nest: SweepTree, root: Path) -> Iterator[tuple[PlannedSweep, Path]]:
    """Every sweep of a nest, and its store, from the outermost inwards."""
    level = [outermost(nest, root)]
    while level:
        yield from level
        level = [
            inside(case)
            for planned_sweep, _ in level
            if name_of(planned_sweep) == "branch"
            for case in planned_sweep.cases
        ]


def name_of(planned_sweep: PlannedSweep) -> str:
    """The name that the operation of a trial signs with."""
    return next(name for name, body in OPERATIONS.items() if body is planned_sweep.operation)


def planned_sweeps(number: int, runs: int) -> list[PlannedSweep]:
    """So many experiments of two operations in turn."""
    bodies = (leaf, other_leaf)
    return [
        PlannedSweep(f"beside-{one}", bodies[one % 2], [{"n": n, "of": one} for n in range(runs)])
        for one in range(number)
    ]


def drive_trees(nests: Sequence[SweepTree], ctx: SweepContext, seconds: float) -> list[ChildSweepResult]:
    """Drive nests one after the other in a child process; those that did not come to their end tell how it died."""
    tasks = [[asdict(nest), str(root_of(ctx, nest))] for nest in nests]
    ended = run_child(run_trees_task, tasks, str(ctx.witness), ctx.session, bounds=ResourceLimits(seconds))
    return [_driven(root_of(ctx, nest) / "summary.json", describe_end(ended)) for nest in nests]


def root_of(ctx: SweepContext, nest: SweepTree) -> Path:
    """The folder of all stores of a nest."""
    return Path(ctx.options.store) / "-".join(str(part) for part in asdict(nest).values())


def run_trees_task(tasks: Sequence[tuple[Mapping[str, Any], str]], witness: str, session: str) -> None:
    """What the child does with nests: drive them, and write the summary of each."""
    with witnessing(witness, session):
        for fields, folder in tasks:
            nest, root = SweepTree(**fields), Path(folder)
            root.mkdir(parents=True)
            kind: Any = nest.executor
            with _TARGET.executor(kind, nest.workers) if nest.shared else nullcontext() as executor:
                _shared[:] = [executor] if nest.shared else []
                planned_sweep, store = outermost(nest, root)
                options = RunOptions(str(store), executor=kind, workers=nest.workers, shared=executor)
                summary = _TARGET.attempt(planned_sweep.experiment(_TARGET), options)
            (root / "summary.json").write_text(json.dumps(asdict(summary)), encoding="utf-8")


def drive_concurrent(number: int, runs: int, kind: str, ctx: SweepContext, seconds: float) -> list[ChildSweepResult]:
    """Drive so many experiments at once on one executor, in a child process."""
    folder = Path(ctx.options.store)
    arguments = (number, runs, kind, str(folder), str(ctx.witness), ctx.session)
    ended = run_child(run_concurrent_task, *arguments, bounds=ResourceLimits(seconds))
    return [_driven(folder / f"{one}.json", describe_end(ended)) for one in range(number)]


def run_concurrent_task(number: int, runs: int, kind: Any, folder: str, witness: str, session: str) -> None:
    """What the child does with experiments beside each other: start all, then wait for each."""
    root = Path(folder)
    root.mkdir(parents=True)
    with witnessing(witness, session), _TARGET.executor(kind, 2) as executor:
        trials = planned_sweeps(number, runs)
        drives = [RunOptions(str(root / str(one)), shared=executor) for one in range(number)]
        started = [
            _TARGET.start(planned_sweep.experiment(_TARGET), options)
            for planned_sweep, options in zip(trials, drives, strict=True)
        ]
        for one, sweep in enumerate(started):
            summary = sweep.wait() or sweep.give_up()
            (root / f"{one}.json").write_text(json.dumps(asdict(summary)), encoding="utf-8")


def executions_of(ctx: SweepContext) -> list[Execution]:
    """What ran; no operation here has stepped metrics."""
    return [replace(one, series=None) for one in read(ctx.witness)]


def check_sweep(
    planned_sweep: PlannedSweep, store: Path | str, ctx: SweepContext, executions: Sequence[Execution]
) -> tuple[Violation, ...]:
    """What is wrong with one of many sweeps: in its store are its runs, executed by its operation, and nothing else."""
    plan = list(planned_sweep.plan())
    keys = {run.key for run in plan}
    experiment = planned_sweep.experiment(ctx.target)
    held = ctx.target.read(str(store), experiment)
    mine = [one for one in executions if one.key in keys]
    found = audit(plan, mine, held, experiment_id=str(experiment.experiment_id))
    return (*_signed(planned_sweep, held), *found)


def check_end(what: str, driven: ChildSweepResult) -> tuple[Violation, ...]:
    """What is wrong with how a sweep ended."""
    if driven.summary is None:
        return (Violation(ENDS, f"{what}: {driven.end}."),)
    if driven.summary.error is not None:
        return (Violation(SWEEP_ENDS, f"{what}: it raised {driven.summary.error}."),)
    return ()


def _signed(planned_sweep: PlannedSweep, store: StoreSnapshot) -> Iterator[Violation]:
    own = name_of(planned_sweep)
    for run in store.runs:
        by = str(run.metrics.get(BY, own))
        if by != own:
            message = f"Run {run.run_id} of {planned_sweep.name} was executed by operation {by!r} instead of {own!r}."
            yield Violation(OWN, message, "", run.run_id, BY, own, by)


def _sweep(root: str, depth: int, width: int, path: str) -> tuple[PlannedSweep, Path]:
    cases = [{"depth": depth, "width": width, "n": n, "path": path, "root": root} for n in range(width)]
    body = branch if depth > 0 else leaf
    name = path if len(path) < LONGEST else hashlib.blake2b(path.encode(), digest_size=16).hexdigest()
    return PlannedSweep(f"level-{depth}", body, cases), Path(root) / f"store-{name}"


def _driven(report: Path, how: str) -> ChildSweepResult:
    return (
        ChildSweepResult(Summary(**json.loads(report.read_bytes()))) if report.exists() else ChildSweepResult(None, how)
    )
