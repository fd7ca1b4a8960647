"""A few runs added to a large store: they are looked up, and what that costs does not depend on what is stored."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment, scaled
from sqlite_store import SqliteStore
from stored_runs import put

import pytest_optbench.engine as metalab
from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import FileStore
from pytest_optbench.errors import InvalidInputError

STORED = (100, 2000)
ADDED = 10


def sweep(*numbers: int) -> Any:
    return experiment(scaled, [{"n": n} for n in numbers])


def filled(root: Path, runs: int) -> Path:
    metalab.run(sweep(*range(runs)), store=root).result()
    return root


def calls_of(action: Callable[[], Any]) -> Counter[str]:
    """How often each function is called meanwhile, in every thread."""
    calls: Counter[str] = Counter()

    def note(frame: Any, event: str, argument: Any) -> None:
        if event == "c_call":
            calls[f"{argument.__module__}.{argument.__qualname__}"] += 1
        elif event == "call":
            calls[frame.f_code.co_qualname] += 1

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return calls


def test_the_cost_of_ten_more_runs_does_not_depend_on_what_is_stored(tmp_path: Path) -> None:
    added = sweep(*range(10**6, 10**6 + ADDED))
    taken = []
    for runs in STORED:
        root = filled(tmp_path / str(runs), runs)
        taken.append(calls_of(lambda root=root: metalab.run(added, store=root).result()))  # type: ignore[misc]
        assert len(metalab.load_results(root)) == runs + ADDED
    small, large = taken
    for name in ("posix.open", "posix.scandir", "posix.listdir"):
        assert large[name] <= small[name] + ADDED, f"{name}: {small[name]}, {large[name]}"
    assert large["posix.open"] < 20 * ADDED
    assert large.total() <= 1.2 * small.total() + 2000  # a name is listed for each of 256 shards


@pytest.mark.parametrize("planned", [range(5), range(3, 8), range(90, 110)])
def test_what_is_stored_is_not_done_again(tmp_path: Path, planned: range, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, 200)
    store = FileStore(tmp_path).experiment(sweep(1).experiment_id)
    monkeypatch.setattr(type(store), "finished", None)
    status = metalab.run(sweep(*planned), store=tmp_path)
    assert len(status.result()) == len(planned)
    assert (status.status.skipped, status.status.completed) == (len(planned), 0)


def test_a_plan_that_is_not_small_goes_through_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, 200)
    store = FileStore(tmp_path).experiment(sweep(1).experiment_id)
    monkeypatch.setattr(type(store), "finished_among", None)
    for planned in (range(200), range(100)):
        assert metalab.run(sweep(*planned), store=tmp_path).result().summary()["total"] == len(planned)


@pytest.mark.parametrize("content", [b"", None, b"{}"], ids=["emptied", "missing", "altered"])
def test_a_planned_run_that_is_damaged_is_set_aside_and_done_again(tmp_path: Path, content: Any) -> None:
    filled(tmp_path, 200)
    planned = sweep(1, 2, 3)
    victim = next(run for run in metalab.load_results(tmp_path) if run.params["n"] == 2).run_id
    other = next(run for run in metalab.load_results(tmp_path) if run.params["n"] == 50).run_id
    for run_id in (victim, other):
        record = next(tmp_path.glob(f"*/runs/*/{run_id}/record.json"))
        record.unlink()
        if content is not None:
            record.write_bytes(content)
    handle = metalab.run(planned, store=tmp_path)
    assert handle.result().summary()["success"] == 3
    assert (handle.status.skipped, handle.status.completed) == (2, 1)
    assert [victim in problem for problem in handle.problems] == [True]
    assert [place.name.split(".")[0] for place in tmp_path.glob("*/quarantine/*")] == [victim]
    whole = metalab.run(sweep(*range(200)), store=tmp_path)
    assert whole.result().summary()["success"] == 200
    assert (whole.status.skipped, whole.status.completed) == (199, 1)


def test_a_planned_run_that_failed_is_done_again(tmp_path: Path) -> None:
    filled(tmp_path, 200)
    kept = FileStore(tmp_path).experiment(sweep(1).experiment_id)
    run_id = next(run for run in metalab.load_results(tmp_path) if run.params["n"] == 7).run_id
    put(kept, run_id, Status.FAILED)
    kept.close()
    handle = metalab.run(sweep(6, 7), store=tmp_path)
    assert handle.result().summary()["success"] == 2
    assert (handle.status.skipped, handle.status.completed, handle.problems) == (1, 1, ())


def test_drafts_of_the_dead_are_cleared(tmp_path: Path) -> None:
    filled(tmp_path, 200)
    draft = next(tmp_path.glob("*/drafts")) / ("0" * 32)
    draft.mkdir()
    metalab.run(sweep(1), store=tmp_path).result()
    assert not draft.exists()


def no_two(context: Any, params: Any) -> Any:
    if params["n"] == 2:
        raise ValueError("no 2")
    return params


def test_a_plan_that_cannot_go_on_does_what_comes_first(tmp_path: Path) -> None:
    filled(tmp_path, 200)
    stopped = experiment(scaled, [], params=metalab.grid(n=[0, 10**6, 2, 3]), param_resolver=no_two)
    handle = metalab.run(stopped, store=tmp_path)
    with pytest.raises(InvalidInputError, match="no 2"):
        handle.result()
    assert (handle.status.skipped, handle.status.completed) == (1, 1)


def test_a_store_without_lookups_is_gone_through(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "runs.db"), sweep(1).experiment_id)
    assert len(metalab.run(sweep(*range(20)), store=store).result()) == 20
    handle = metalab.run(sweep(3, 30), store=store)
    assert len(handle.result()) == 2
    assert handle.status.skipped == 1
