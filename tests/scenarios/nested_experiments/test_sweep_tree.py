"""Nests of sweeps: which sweeps they have, in which stores, and what is noticed in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_optbench.drive.fault_sweeps import ENDS, ChildSweepResult
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target import RunOptions, load_target
from scenarios.nested_experiments.sweep_tree import (
    OWN,
    SweepTree,
    check_end,
    check_sweep,
    drive_trees,
    executions_of,
    leaf,
    nested_in,
    operation_name,
    other_leaf,
    outermost,
    planned_sweeps,
    root_of,
    sweeps_of,
)


@pytest.mark.parametrize(("depth", "width", "sweeps"), [(0, 3, 1), (1, 3, 4), (3, 1, 4), (2, 2, 7)])
def test_a_tree_has_every_sweep_in_a_store_of_its_own(depth: int, width: int, sweeps: int, tmp_path: Path) -> None:
    found = list(sweeps_of(SweepTree(depth, width), tmp_path))
    assert len(found) == len({store for _, store in found}) == sweeps
    keys = [run.key for planned_sweep, _ in found for run in planned_sweep.plan()]
    assert len(keys) == len(set(keys)) == sweeps * width


def test_only_the_innermost_sweeps_are_leaves(tmp_path: Path) -> None:
    names = [operation_name(planned_sweep) for planned_sweep, _ in sweeps_of(SweepTree(2, 2), tmp_path)]
    assert names == ["branch", "branch", "branch", "leaf", "leaf", "leaf", "leaf"]


def test_the_sweep_inside_of_a_run_is_the_next_in_the_tree(tmp_path: Path) -> None:
    planned_sweep, _ = outermost(SweepTree(1, 2), tmp_path)
    within = [nested_in(case) for case in planned_sweep.cases]
    assert [store for _, store in within] == [store for _, store in sweeps_of(SweepTree(1, 2), tmp_path)][1:]


def test_experiments_beside_each_other_take_turns_with_two_operations() -> None:
    assert [operation_name(planned_sweep) for planned_sweep in planned_sweeps(3, 1)] == ["leaf", "other_leaf", "leaf"]


def test_a_nest_is_driven_and_found_sound(tmp_path: Path) -> None:
    ctx = SweepContext(load_target(), RunOptions(str(tmp_path / "store")), tmp_path / "witness.jsonl", "session")
    nest = SweepTree(1, 2, workers=2)
    (driven,) = drive_trees([nest], ctx, seconds=60.0)
    assert check_end("a nest", driven) == ()
    executions = executions_of(ctx)
    assert len(executions) == 6
    for planned_sweep, store in sweeps_of(nest, root_of(ctx, nest)):
        assert check_sweep(planned_sweep, store, ctx, executions) == ()


def test_a_run_of_another_operation_is_noticed(tmp_path: Path) -> None:
    ctx = SweepContext(load_target(), RunOptions(str(tmp_path / "store")), tmp_path / "witness.jsonl", "session")
    planned = PlannedSweep("same", leaf, [{"n": 1}])
    executed = PlannedSweep("same", other_leaf, [{"n": 1}])
    with witnessing(ctx.witness, ctx.session):
        ctx.target.run(executed.experiment(ctx.target), ctx.options)
    found = check_sweep(planned, ctx.options.store, ctx, executions_of(ctx))
    assert [one.promise for one in found] == [OWN]


def test_a_sweep_that_never_ended_is_told_with_its_story() -> None:
    (told,) = check_end("two at once", ChildSweepResult(None, "signal SIGKILL killed it"))
    assert told.promise == ENDS
    assert "two at once: signal SIGKILL killed it" in told.message
