"""Nests of sweeps: which sweeps they have, in which stores, and what is noticed in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_optbench.drive.fault_sweeps import ENDS, Driven
from pytest_optbench.drive.planned_sweep import Trial
from pytest_optbench.drive.sweep_context import Place
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target import Drive, load_target
from scenarios.nested_experiments.sweep_tree import (
    OWN,
    Nest,
    beside,
    drive_nests,
    executions_of,
    inside,
    judged_ending,
    judged_sweep,
    leaf,
    name_of,
    other_leaf,
    outermost,
    root_of,
    tree,
)


@pytest.mark.parametrize(("depth", "width", "sweeps"), [(0, 3, 1), (1, 3, 4), (3, 1, 4), (2, 2, 7)])
def test_a_tree_has_every_sweep_in_a_store_of_its_own(depth: int, width: int, sweeps: int, tmp_path: Path) -> None:
    found = list(tree(Nest(depth, width), tmp_path))
    assert len(found) == len({store for _, store in found}) == sweeps
    keys = [run.key for trial, _ in found for run in trial.plan()]
    assert len(keys) == len(set(keys)) == sweeps * width


def test_only_the_innermost_sweeps_are_leaves(tmp_path: Path) -> None:
    names = [name_of(trial) for trial, _ in tree(Nest(2, 2), tmp_path)]
    assert names == ["branch", "branch", "branch", "leaf", "leaf", "leaf", "leaf"]


def test_the_sweep_inside_of_a_run_is_the_next_in_the_tree(tmp_path: Path) -> None:
    trial, _ = outermost(Nest(1, 2), tmp_path)
    within = [inside(case) for case in trial.cases]
    assert [store for _, store in within] == [store for _, store in tree(Nest(1, 2), tmp_path)][1:]


def test_experiments_beside_each_other_take_turns_with_two_operations() -> None:
    assert [name_of(trial) for trial in beside(3, 1)] == ["leaf", "other_leaf", "leaf"]


def test_a_nest_is_driven_and_found_sound(tmp_path: Path) -> None:
    place = Place(load_target(), Drive(str(tmp_path / "store")), tmp_path / "witness.jsonl", "session")
    nest = Nest(1, 2, workers=2)
    (driven,) = drive_nests([nest], place, seconds=60.0)
    assert judged_ending("a nest", driven) == ()
    executions = executions_of(place)
    assert len(executions) == 6
    for trial, store in tree(nest, root_of(place, nest)):
        assert judged_sweep(trial, store, place, executions) == ()


def test_a_run_of_another_operation_is_noticed(tmp_path: Path) -> None:
    place = Place(load_target(), Drive(str(tmp_path / "store")), tmp_path / "witness.jsonl", "session")
    planned = Trial("same", leaf, [{"n": 1}])
    executed = Trial("same", other_leaf, [{"n": 1}])
    with witnessing(place.witness, place.session):
        place.target.run(executed.experiment(place.target), place.drive)
    found = judged_sweep(planned, place.drive.store, place, executions_of(place))
    assert [one.promise for one in found] == [OWN]


def test_a_sweep_that_never_ended_is_told_with_its_story() -> None:
    (told,) = judged_ending("two at once", Driven(None, "signal SIGKILL killed it"))
    assert told.promise == ENDS
    assert "two at once: signal SIGKILL killed it" in told.message
