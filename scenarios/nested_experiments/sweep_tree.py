"""Trees of nested sweeps, and concurrent sweeps on one executor: their plans, how they run, and their checks."""

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
LONGEST = 100  # characters of a path through a tree that a folder is named with
BY = "by"  # the metric that holds the name of the operation
_TARGET = load_target()
_shared: list[Any] = []  # the executor that nested sweeps share, if any


@dataclass(frozen=True)
class SweepTree:
    """A tree of sweeps: a sweep of `width` runs, each of which runs a tree of one level less, down to `depth` 0.

    `workers` of kind `executor` execute the outermost sweep; if they are `shared`, they execute all sweeps.
    """

    depth: int
    width: int
    executor: str = "thread"
    workers: int = 1
    shared: bool = False

    @property
    def runs(self) -> int:
        """The number of runs on all levels."""
        return sum(self.width ** (level + 1) for level in range(self.depth + 1))

    @property
    def stores(self) -> int:
        """The number of sweeps on all levels, each with a store of its own."""
        return sum(self.width**level for level in range(self.depth + 1))

    def __str__(self) -> str:
        use = "which execute all" if self.shared else "each on an executor of its own"
        at = f"{self.workers} {self.executor}s"
        return f"sweeps of {self.width} runs {self.depth + 1} deep, the outermost in {at}, {use}"


@workload("branch")
def branch(run: WorkloadRun) -> None:
    """Run a sweep of one level less in a store of its own, and capture how many of its runs completed."""
    planned_sweep, store = nested_in(run.params)
    options = RunOptions(str(store), shared=_shared[0] if _shared else None)
    summary = _TARGET.attempt(planned_sweep.experiment(_TARGET), options)
    if summary.error is not None:
        raise RuntimeError(f"the nested sweep ended with {summary.error}")
    run.capture_metrics(**{BY: "branch", "inside": summary.completed})


@workload("leaf")
def leaf(run: WorkloadRun) -> None:
    """Capture the name of this operation."""
    run.capture_metrics(**{BY: "leaf"})


@workload("other_leaf")
def other_leaf(run: WorkloadRun) -> None:
    """Capture the name of this operation, a leaf of another experiment."""
    run.capture_metrics(**{BY: "other_leaf"})


OPERATIONS: Mapping[str, Any] = {"branch": branch, "leaf": leaf, "other_leaf": other_leaf}


def outermost(tree: SweepTree, root: Path) -> tuple[PlannedSweep, Path]:
    """Return the outermost sweep of a tree, and its store."""
    return _plan_level(str(root), tree.depth, tree.width, "")


def nested_in(params: Mapping[str, Any]) -> tuple[PlannedSweep, Path]:
    """Return the sweep that a run of `branch` runs, and its store."""
    return _plan_level(params["root"], params["depth"] - 1, params["width"], f"{params['path']}{params['n']}-")


def sweeps_of(tree: SweepTree, root: Path) -> Iterator[tuple[PlannedSweep, Path]]:
    """Yield every sweep of a tree with its store, from the outermost inwards."""
    level = [outermost(tree, root)]
    while level:
        yield from level
        level = [
            nested_in(case)
            for planned_sweep, _ in level
            if operation_name(planned_sweep) == "branch"
            for case in planned_sweep.cases
        ]


def operation_name(planned_sweep: PlannedSweep) -> str:
    """Return the name of the operation of a sweep."""
    return next(name for name, body in OPERATIONS.items() if body is planned_sweep.operation)


def planned_sweeps(number: int, runs: int) -> list[PlannedSweep]:
    """Plan `number` sweeps of two operations in turn."""
    bodies = (leaf, other_leaf)
    return [
        PlannedSweep(f"beside-{index}", bodies[index % 2], [{"n": n, "of": index} for n in range(runs)])
        for index in range(number)
    ]


def drive_trees(trees: Sequence[SweepTree], ctx: SweepContext, seconds: float) -> list[ChildSweepResult]:
    """Drive trees in sequence in a child process; the result of a tree without summary says how the child ended."""
    tasks = [[asdict(tree), str(root_of(ctx, tree))] for tree in trees]
    child = run_child(run_trees_task, tasks, str(ctx.witness), ctx.session, bounds=ResourceLimits(seconds))
    return [_read_result(root_of(ctx, tree) / "summary.json", describe_end(child)) for tree in trees]


def root_of(ctx: SweepContext, tree: SweepTree) -> Path:
    """Return the folder of all stores of a tree."""
    return Path(ctx.options.store) / "-".join(str(part) for part in asdict(tree).values())


def run_trees_task(tasks: Sequence[tuple[Mapping[str, Any], str]], witness: str, session: str) -> None:
    """Drive trees, and write the summary of each; runs in the child."""
    with witnessing(witness, session):
        for fields, folder in tasks:
            tree, root = SweepTree(**fields), Path(folder)
            root.mkdir(parents=True)
            kind: Any = tree.executor
            with _TARGET.executor(kind, tree.workers) if tree.shared else nullcontext() as executor:
                _shared[:] = [executor] if tree.shared else []
                planned_sweep, store = outermost(tree, root)
                options = RunOptions(str(store), executor=kind, workers=tree.workers, shared=executor)
                summary = _TARGET.attempt(planned_sweep.experiment(_TARGET), options)
            (root / "summary.json").write_text(json.dumps(asdict(summary)), encoding="utf-8")


def drive_concurrent(number: int, runs: int, kind: str, ctx: SweepContext, seconds: float) -> list[ChildSweepResult]:
    """Drive `number` sweeps at the same time on one executor, in a child process."""
    folder = Path(ctx.options.store)
    arguments = (number, runs, kind, str(folder), str(ctx.witness), ctx.session)
    child = run_child(run_concurrent_task, *arguments, bounds=ResourceLimits(seconds))
    return [_read_result(folder / f"{index}.json", describe_end(child)) for index in range(number)]


def run_concurrent_task(number: int, runs: int, kind: Any, folder: str, witness: str, session: str) -> None:
    """Start all concurrent sweeps, wait for each, and write its summary; runs in the child."""
    root = Path(folder)
    root.mkdir(parents=True)
    with witnessing(witness, session), _TARGET.executor(kind, 2) as executor:
        sweeps = planned_sweeps(number, runs)
        options_of_each = [RunOptions(str(root / str(index)), shared=executor) for index in range(number)]
        started = [
            _TARGET.start(planned_sweep.experiment(_TARGET), options)
            for planned_sweep, options in zip(sweeps, options_of_each, strict=True)
        ]
        for index, sweep in enumerate(started):
            summary = sweep.wait() or sweep.give_up()
            (root / f"{index}.json").write_text(json.dumps(asdict(summary)), encoding="utf-8")


def executions_of(ctx: SweepContext) -> list[Execution]:
    """Read the executions from the witness, without series: no operation here has stepped metrics."""
    return [replace(execution, series=None) for execution in read(ctx.witness)]


def check_sweep(
    planned_sweep: PlannedSweep, store: Path | str, ctx: SweepContext, executions: Sequence[Execution]
) -> tuple[Violation, ...]:
    """Audit one of several sweeps: its store holds its runs, executed by its operation, and nothing else."""
    plan = list(planned_sweep.plan())
    keys = {run.key for run in plan}
    experiment = planned_sweep.experiment(ctx.target)
    snapshot = ctx.target.read(str(store), experiment)
    executions_here = [execution for execution in executions if execution.key in keys]
    violations = audit(plan, executions_here, snapshot, experiment_id=str(experiment.experiment_id))
    return (*_check_operation(planned_sweep, snapshot), *violations)


def check_end(label: str, result: ChildSweepResult) -> tuple[Violation, ...]:
    """Check that a sweep ended, and without an error; `label` names it in messages."""
    if result.summary is None:
        return (Violation(ENDS, f"{label}: {result.end}."),)
    if result.summary.error is not None:
        return (Violation(SWEEP_ENDS, f"{label}: the sweep raised {result.summary.error}."),)
    return ()


def _check_operation(planned_sweep: PlannedSweep, store: StoreSnapshot) -> Iterator[Violation]:
    expected = operation_name(planned_sweep)
    for run in store.runs:
        found = str(run.metrics.get(BY, expected))
        if found != expected:
            message = (
                f"Run {run.run_id} of {planned_sweep.name} was executed by operation {found!r} instead of {expected!r}."
            )
            yield Violation(OWN, message, "", run.run_id, BY, expected, found)


def _plan_level(root: str, depth: int, width: int, path: str) -> tuple[PlannedSweep, Path]:
    cases = [{"depth": depth, "width": width, "n": n, "path": path, "root": root} for n in range(width)]
    body = branch if depth > 0 else leaf
    name = path if len(path) < LONGEST else hashlib.blake2b(path.encode(), digest_size=16).hexdigest()
    return PlannedSweep(f"level-{depth}", body, cases), Path(root) / f"store-{name}"


def _read_result(report: Path, end: str) -> ChildSweepResult:
    return (
        ChildSweepResult(Summary(**json.loads(report.read_bytes()))) if report.exists() else ChildSweepResult(None, end)
    )
