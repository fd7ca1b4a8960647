"""The store of a sweep that nothing interrupts, with which that of an interrupted and resumed one is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_optbench.errors import ChildError
from pytest_optbench.stress.audit.store_diff import differences
from pytest_optbench.stress.faults.events import Event
from pytest_optbench.stress.process.child import ResourceLimits
from pytest_optbench.target import StoreSnapshot

from .child_sweep import in_new_session, raise_target_error, start_in_child
from .planned_sweep import PlannedSweep
from .sweep_context import SweepContext


@dataclass(frozen=True)
class Uninterrupted:
    """A sweep with the content of its store, and how many paths of each kind the store has."""

    sweep: PlannedSweep
    content: StoreSnapshot
    paths: Counter[str]

    def differences(self, ctx: SweepContext) -> list[str]:
        """Return how another store of the sweep differs in ids, records, metrics, series, artifacts or logs."""
        found = read_whole(self.sweep, ctx)
        problems = [f"a part of the store cannot be read: {problem}" for problem in found.problems]
        return [*problems, *_unreadable(found), *differences(found, self.content)]

    def leftovers(self, ctx: SweepContext) -> list[str]:
        """Return what another store of the sweep has in addition: files, and what the target's own check finds.

        Of files that a sweep has once, or once for each call, there may be more.
        """
        found = []
        for kind, number in sorted((paths_by_kind(ctx) - self.paths).items()):
            usual = self.paths[kind]
            if usual == 0 or usual >= self.sweep.runs:
                found.append(f"{number} of {kind} in addition to the {usual} of an uninterrupted sweep")
        if "check" in ctx.target.features:
            found += ctx.target.check(ctx.options.store, self.sweep.experiment(ctx.target))
        return found


def run_uninterrupted(sweep: PlannedSweep, ctx: SweepContext, seconds: float) -> Uninterrupted:
    """Run a sweep in a child, and once more in another one, which finds nothing to do.

    Raises:
        TargetFailedError: the target failed.
        ChildError: the child did not end, or the store does not have the successes of the sweep.
    """
    for each in (ctx, in_new_session(ctx)):
        with start_in_child(sweep, each, bounds=ResourceLimits(seconds)) as child:
            ended = child.wait()
        raise_target_error(ended)
        ended.value_or_raise()
    content = read_whole(sweep, ctx)
    successes = sum(run.status == "success" for run in content.runs)
    if successes != sweep.runs:
        raise ChildError(f"an undisturbed sweep of {sweep.runs} runs stored {successes} successes")
    return Uninterrupted(sweep, content, paths_by_kind(ctx))


def read_whole(sweep: PlannedSweep, ctx: SweepContext) -> StoreSnapshot:
    """Read every run of a store with all its parts, its log included."""
    return ctx.target.read(ctx.options.store, sweep.experiment(ctx.target), logs="logs" in ctx.target.features)


def paths_by_kind(ctx: SweepContext) -> Counter[str]:
    """Count the files and folders of a store by kind: their paths without ids and numbers."""
    store = Path(ctx.options.store)
    return Counter(Event("", str(path.relative_to(store))).file_kind for path in store.rglob("*"))


def _unreadable(store: StoreSnapshot) -> Iterator[str]:
    for run in store.runs:
        parts = [f"artifact {name}: {part.problem}" for name, part in run.artifacts.items() if part.problem]
        for problem in (*run.problems, *parts):
            yield f"run {run.run_id} cannot be read: {problem}"
