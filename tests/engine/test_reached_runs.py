"""The runs that a sweep came to are told in the order of the plan, each once, however often it came to them."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_optbench.engine as metalab
from pytest_optbench.engine.execution.queue import RunQueue
from pytest_optbench.engine.execution.seen_runs import SeenRuns
from pytest_optbench.engine.planning.plan import Task
from pytest_optbench.grids import Case


def ids(many: int) -> list[str]:
    draw = random.Random(1)
    return [f"{draw.getrandbits(128):032x}" for _ in range(many)]


def test_what_is_added_again_is_noticed_at_any_size() -> None:
    seen, many = SeenRuns(), ids(5000)  # the table grows twice
    assert all(map(seen.add, many))
    assert not any(map(seen.add, reversed(many)))
    assert list(seen) == many


def test_added_and_noted_runs_keep_their_order() -> None:
    seen, many = SeenRuns(), ids(5000)
    for place, run_id in enumerate(many):
        if place % 3:
            seen.note([run_id])
        else:
            assert seen.add(run_id)
    assert not any(map(seen.add, many[::3]))
    assert list(seen) == many


def test_what_is_noted_again_is_told_once() -> None:
    seen, (one, two, three) = SeenRuns(), ids(3)
    seen.note([one, two, one, one])
    seen.add(three)
    seen.note([two])
    assert list(seen) == [one, two, three]


def test_nothing_was_reached() -> None:
    assert list(SeenRuns()) == []


def test_a_noted_run_takes_its_sixteen_bytes() -> None:
    many = ids(20_000)
    tracemalloc.start()
    seen = SeenRuns()
    for run_id in many:
        seen.note([run_id])
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 20 * len(many)


def test_a_plan_that_comes_to_few_finished_runs_very_often_takes_no_memory() -> None:
    finished = set(ids(10))
    bundle = metalab.SeedBundle(1, 0)
    tasks = (Task(run_id, {}, "", bundle, "", "", (), 0) for _ in range(5_000) for run_id in finished)
    queue = RunQueue(tasks, finished)
    tracemalloc.start()
    while queue.next([]) is not None:
        pass
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert (queue.planned, set(queue.seen)) == (50_000, finished)
    assert taken < 50_000


@metalab.operation
def operate(params, capture):
    capture.metric("x", params["x"])


def test_a_finished_run_that_the_plan_names_twice_is_in_the_results_once(tmp_path: Path) -> None:
    def sweep(*values: int) -> metalab.RunHandle:
        cases = [Case({"x": x}, f"c{place}", ()) for place, x in enumerate(values)]
        exp = metalab.Experiment("e", "1", None, operate, cases, metalab.seeds())
        return metalab.run(exp, store=tmp_path)

    sweep(1, 2).result()
    handle = sweep(2, 3, 1, 2, 3)
    assert [run.params["x"] for run in handle.result()] == [2, 3, 1]
    assert (handle.status.completed, handle.status.skipped, handle.status.total) == (1, 4, 5)


def test_what_came_before_the_end_of_a_plan_that_cannot_go_on_is_told() -> None:
    many = ids(7)
    finished = {many[number] for number in (0, 1, 3, 4, 6)} | set(ids(12)[7:])

    def tasks() -> Iterator[Task]:
        for run_id in many:
            yield Task(run_id, {}, "", metalab.SeedBundle(1, 0), "", "", (), 0)
        raise ValueError("no more")

    queue = RunQueue(tasks(), finished)
    skipped: list[Task] = []
    done = [queue.next(skipped), queue.next(skipped)]
    assert [task.run_id for task in done if isinstance(task, Task)] == [many[2], many[5]]
    with pytest.raises(ValueError, match="no more"):
        queue.next(skipped)
    assert [task.run_id for task in skipped] == [many[number] for number in (0, 1, 3, 4, 6)]
    assert (list(queue.seen), queue.planned) == (many, 7)
