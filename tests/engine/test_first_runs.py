"""A sweep begins at once, whatever its plan: nothing is planned long before its turn."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_operations import (
    EXECUTORS,
    experiment,
    noop,
    square,
)

import pytest_optbench.engine as metalab
from pytest_optbench.errors import InvalidInputError

TIMEOUT = 60.0  # seconds, against a hang


class Endless:
    """Cases without end or length; counts those that were handed out."""

    def __init__(self, bad_at: int | None = None) -> None:
        self.handed_out = 0
        self._bad_at = bad_at

    def __iter__(self) -> Iterator[Any]:
        for n in itertools.count():
            self.handed_out += 1
            value: Any = object() if n == self._bad_at else n
            yield metalab.manual([{"n": value}])[0]


@pytest.mark.parametrize("kind", [kind for kind in EXECUTORS if kind != "inline"])
def test_the_first_runs_begin_long_before_the_plan_ends(tmp_path: Path, kind: str) -> None:
    cases = Endless()
    begun = threading.Event()
    sweep = experiment(noop, [], params=cases)
    handle = metalab.run(sweep, store=tmp_path, executor=EXECUTORS[kind](), on_event=lambda event: begun.set())
    assert begun.wait(TIMEOUT)
    assert not handle.status.is_total_known
    handle.cancel()
    done = len(handle.result(TIMEOUT))
    assert handle.status.completed == done
    assert cases.handed_out - done <= 40, "the plan ran ahead of what is executed"


def test_a_grid_beyond_every_integer_starts_at_once(tmp_path: Path) -> None:
    grid = metalab.grid(**{name: range(10**6) for name in "abcde"})
    begun = threading.Event()
    handle = metalab.run(experiment(noop, [], params=grid), store=tmp_path, on_event=lambda event: begun.set())
    assert begun.wait(TIMEOUT)
    handle.cancel()
    handle.result(TIMEOUT)
    assert handle.status.total == 10**30


def test_a_plan_that_cannot_go_on_keeps_what_came_before(tmp_path: Path, executor: Any) -> None:
    handle = metalab.run(experiment(square, [], params=Endless(bad_at=30)), store=tmp_path, executor=executor)
    with pytest.raises(InvalidInputError, match="'n'"):
        handle.result(TIMEOUT)
    stored = metalab.load_results(tmp_path)
    assert [run.status for run in stored] == ["success"] * handle.status.completed
    assert {run.params["n"] for run in stored} <= set(range(30))
