"""`run`: what it refuses, what it executes, and what a second call finds."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sample_operations
from sample_operations import (
    EXECUTORS,
    disturbing,
    experiment,
    fated,
    nesting,
    noop,
    open_files,
    scaled,
    seeing,
    square,
    telling,
    witnessed,
)

import pytest_optbench.engine as metalab
from pytest_optbench.engine.identity.identity import run_id
from pytest_optbench.engine.planning.context import context_fingerprint
from pytest_optbench.engine.planning.operation import Operation
from pytest_optbench.engine.store import ExperimentStore
from pytest_optbench.errors import InvalidInputError, StoreError, UnknownNameError, WorkerError

TIMEOUT = 60.0  # seconds, against a hang


def test_every_run_is_stored_and_returned_in_the_order_of_the_plan(tmp_path: Path, executor: Any) -> None:
    sweep = experiment(square, 20, seeds=metalab.seeds(0, 2))
    results = metalab.run(sweep, store=tmp_path, executor=executor).result(TIMEOUT)
    assert [run.params["n"] for run in results] == [n for n in range(20) for _ in range(2)]
    assert [run.metrics["square"] for run in results] == [n**2 for n in range(20) for _ in range(2)]
    assert [run.record.metadata["replicate_index"] for run in results] == [0, 1] * 20
    assert {run.status for run in results} == {metalab.Status.SUCCESS}


def test_the_same_plan_again_executes_failures_only(tmp_path: Path, executor: Any, witness: Path) -> None:
    fates = ["well", "error", "well", "sys.exit"]
    sweep = experiment(fated, [{"n": n, "fate": fate} for n, fate in enumerate(fates)])
    metalab.run(sweep, store=tmp_path / "s", executor=executor).result(TIMEOUT)
    again = metalab.run(sweep, store=tmp_path / "s", executor=executor)
    again.result(TIMEOUT)
    assert sorted(witnessed(witness)) == ["0", "1", "1", "2", "3", "3"]
    assert (again.status.skipped, again.status.failed, again.status.completed) == (2, 2, 0)


def test_without_resume_everything_is_executed_again(tmp_path: Path, witness: Path) -> None:
    sweep = experiment(fated, [{"n": n, "fate": "well"} for n in range(3)])
    for _ in range(2):
        handle = metalab.run(sweep, store=tmp_path / "s", resume=False)
        handle.result(TIMEOUT)
        assert handle.status.completed == 3
    assert sorted(witnessed(witness)) == ["0", "0", "1", "1", "2", "2"]


def test_equal_cases_are_one_run(tmp_path: Path, executor: Any, witness: Path) -> None:
    sweep = experiment(fated, 5, param_resolver=lambda context, raw: {"n": 1 + raw["n"] % 2, "fate": "well"})
    handle = metalab.run(sweep, store=tmp_path / "s", executor=executor)
    assert len(handle.result(TIMEOUT)) == 2
    assert sorted(witnessed(witness)) == ["1", "2"]
    assert (handle.status.total, handle.status.completed, handle.status.skipped) == (5, 2, 3)


def test_more_replicates_later_execute_only_the_new_ones(tmp_path: Path, witness: Path) -> None:
    cases = [{"n": 1, "fate": "well"}]
    for replicates, executed in ((2, 2), (5, 5)):
        sweep = experiment(fated, cases, seeds=metalab.seeds(0, replicates))
        assert len(metalab.run(sweep, store=tmp_path / "s").result(TIMEOUT)) == replicates
        assert len(witnessed(witness)) == executed


def test_an_operation_changes_no_other_run(tmp_path: Path, executor: Any) -> None:
    about = {"items": [3]}
    cases, context = [{"items": [1]}, {"items": [2]}], {"items": [0]}
    sweep = experiment(disturbing, cases, context=context, metadata=about, seeds=metalab.seeds(0, 3))
    results = metalab.run(sweep, store=tmp_path, executor=executor).result(TIMEOUT)
    assert [run.metrics["seen"] for run in results] == [[[n], [0], [3]] for n in (1, 2) for _ in range(3)]
    assert about == {"items": [3]}
    assert [run.params["items"] for run in results] == [[n] for n in (1, 2) for _ in range(3)]


def test_metadata_that_cannot_be_copied_is_shared(tmp_path: Path) -> None:
    about = {"items": [1], "lock": threading.Lock()}
    sweep = experiment(disturbing, [{"items": [1]}], context={"items": [0]}, metadata=about)
    (run,) = metalab.run(sweep, store=tmp_path).result(TIMEOUT)
    assert run.metrics["seen"] == [[1], [0], [1]]


def test_the_context_is_that_of_the_call(tmp_path: Path, executor: Any) -> None:
    context: dict[str, Any] = {"items": [1], "array": np.zeros(2)}
    seen = []
    for number in (1, 2, 3):
        context["items"][0] = number
        context["array"][:] = number
        handle = metalab.run(experiment(seeing, 3, context=context), store=tmp_path / "store", executor=executor)
        seen.append(handle)
    context["items"][0] = 4
    context["array"][:] = 4
    for number, handle in enumerate(seen, 1):
        results = handle.result(TIMEOUT)
        assert [run.metrics["seen"] for run in results] == [[number, float(number)]] * 3
        as_it_was = {"items": [number], "array": np.full(2, float(number))}
        assert {run.record.context_fingerprint for run in results} == {context_fingerprint(as_it_was)}


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("inline", "inline"),
        ("inline", "thread"),
        ("threads", "threads"),
        ("threads", "processes"),
        ("processes", "process"),
    ],
)
def test_an_operation_may_run_a_sweep(tmp_path: Path, outer: str, inner: str) -> None:
    sweep = experiment(nesting, 2, context={"store": str(tmp_path), "executor": inner})
    results = metalab.run(sweep, store=tmp_path, executor=EXECUTORS[outer]()).result(TIMEOUT)
    assert [run.metrics.get("inner", run.error) for run in results] == [[0, 1, 4]] * 2


def test_an_operation_may_run_a_sweep_on_the_executor_it_runs_on(tmp_path: Path) -> None:
    shared = metalab.ThreadExecutor(1)

    @metalab.operation
    def outer(capture: Any) -> None:
        capture.metric(
            "inner", len(metalab.run(experiment(square, 2), store=tmp_path, executor=shared).result(TIMEOUT))
        )

    (run,) = metalab.run(experiment(outer, 1, name="outer"), store=tmp_path, executor=shared).result(TIMEOUT)
    assert run.metrics == {"inner": 2}


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"experiment": "sample"}, "Experiment"),
        ({"store": "x", "file_root": "y"}, "file_root"),
        ({"store": "mysql://host/x"}, "folder"),
        ({"store": 5}, "folder"),
        ({"on_event": "print"}, "on_event"),
        ({"derived_metrics": {"double": 2}}, "double"),
        ({"derived_metrics": 3}, "derived_metrics"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, witness: Path, arguments: dict[str, Any], match: str
) -> None:
    monkeypatch.chdir(tmp_path)
    sweep = experiment(fated, [{"n": 1, "fate": "well"}])
    with pytest.raises(InvalidInputError, match=match):
        metalab.run(**{"experiment": sweep, **arguments})
    assert witnessed(witness) == []


@pytest.mark.parametrize("parts", [{"params": iter([])}, {"seeds": iter([])}, {"seeds": []}])
def test_nothing_to_run_is_refused(tmp_path: Path, parts: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        metalab.run(experiment(noop, 1, **parts), store=tmp_path / "s")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("how", ["default", "file_root", "config", "path"])
def test_where_runs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.chdir(tmp_path)
    where: dict[str, Any] = {
        "default": {},
        "file_root": {"file_root": "runs"},
        "config": {"store": metalab.FileStoreConfig(root="runs")},
        "path": {"store": Path("runs")},
    }[how]
    metalab.run(experiment(square, 2), **where).result(TIMEOUT)
    place = "experiments" if how == "default" else "runs"
    assert [run.metrics["square"] for run in metalab.load_results(place, "sample:1").filter(n=1)] == [1]
    assert [one.name for one in tmp_path.iterdir()] == [place]


def test_a_number_that_the_code_names_may_be_another_one_in_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for number in (2, 3, 2):
        monkeypatch.setattr(sample_operations, "FACTOR", number)
        handle = metalab.run(experiment(scaled, 1), store=tmp_path, executor=metalab.InlineExecutor())
        (run,) = handle.result(TIMEOUT)
        found.append((run.metrics["scaled"], handle.status.skipped))
    assert found == [(2, 0), (3, 0), (2, 1)]


def test_all_of_a_run_keeps_to_one_identity_of_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = itertools.count()
    monkeypatch.setattr(Operation, "code_hash", property(lambda _: f"{next(hashes):032x}"))
    for run in metalab.run(experiment(square, 3), store=tmp_path).result(TIMEOUT):
        one, code = run.record, run.record.provenance.code_hash
        parts = (one.context_fingerprint, one.params_fingerprint, one.seed_fingerprint)
        assert run.run_id == run_id(one.experiment_id, *parts, code)


def test_the_record_says_what_made_it(tmp_path: Path, executor: Any) -> None:
    sweep = experiment(telling, 1, tags=["mine"], metadata={"owner": "me"})
    (run,) = metalab.run(sweep, store=tmp_path, executor=executor).result(TIMEOUT)
    provenance, record = run.record.provenance, run.record
    assert provenance.operation == "sample_operations:telling"
    assert provenance.code_hash == telling.code_hash
    assert all([provenance.python, provenance.engine, provenance.platform, provenance.hostname])
    in_another_process = isinstance(executor, metalab.ProcessExecutor)
    assert (provenance.process != os.getpid()) == in_another_process
    assert record.started_at <= record.finished_at
    assert record.started_at.tzinfo is not None
    assert record.duration_ms > 0
    assert list(run.tags) == ["mine"]
    assert all(
        len(one) == 32 for one in (record.context_fingerprint, record.params_fingerprint, record.seed_fingerprint)
    )


def test_many_runs_leave_nothing_in_the_process(tmp_path: Path) -> None:
    def left() -> tuple[int, int, int, int]:
        gc.collect()
        loggers = len(logging.Logger.manager.loggerDict) + len(logging._handlerList)
        scratch = len(list((tmp_path / "scratch").iterdir()))
        return loggers, open_files(), threading.active_count(), scratch

    (tmp_path / "scratch").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
        metalab.run(experiment(telling, 5), store=tmp_path / "s").result(TIMEOUT)
        before = left()
        metalab.run(experiment(telling, 300), store=tmp_path / "s", executor=metalab.ThreadExecutor(2)).result(TIMEOUT)
        assert left() == before


def test_a_worker_needs_an_operation_it_can_import(tmp_path: Path) -> None:
    @metalab.operation
    def local() -> None:
        """Nothing."""

    with pytest.raises(WorkerError, match="top level"):
        metalab.run(experiment(local, 1), store=tmp_path, executor=metalab.ProcessExecutor(1))
    assert list(metalab.FileStore(tmp_path).list_run_records()) == []


def test_a_context_that_does_not_pickle_is_refused_for_processes(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("pickle.dumps", lambda *_: 1 / 0)
    with pytest.raises(WorkerError, match="cannot be sent"):
        metalab.run(experiment(square, 1), store=tmp_path, executor=metalab.ProcessExecutor(1))


def test_progress_of_an_unknown_style_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="plain"):
        metalab.run(experiment(noop, 1), store=tmp_path, progress=metalab.Progress(style="loud"))  # type: ignore[arg-type]


def test_records_that_the_store_set_aside_are_told(tmp_path: Path) -> None:
    sweep = experiment(square, 2)
    run = metalab.run(sweep, store=tmp_path).result(TIMEOUT)[0]
    store = metalab.FileStoreConfig(root=tmp_path, experiment_id="sample:1").connect()
    assert isinstance(store, ExperimentStore)
    Path(f"{store.path}/runs/{run.run_id[:2]}/{run.run_id}/record.json").write_text("{torn")
    handle = metalab.run(sweep, store=tmp_path)
    assert len(handle.result(TIMEOUT).successful) == 2
    assert (handle.status.completed, handle.status.skipped) == (1, 1)
    assert any(run.run_id in problem for problem in handle.problems)


@pytest.mark.parametrize("what", ["store", "executor"])
def test_a_sweep_that_cannot_start_lets_go_of_the_terminal(tmp_path: Path, what: str) -> None:
    pytest.importorskip("rich")
    (tmp_path / "file").touch()
    before = set(threading.enumerate())
    executor = metalab.ProcessExecutor(1) if what == "executor" else None
    operation = metalab.operation(lambda params: None, name="nowhere")
    with pytest.raises((StoreError, WorkerError)):
        metalab.run(
            experiment(operation, 1),
            store=tmp_path / ("file" if what == "store" else "store"),
            executor=executor,
            progress=metalab.Progress(style="rich"),
        )
    for drawing in set(threading.enumerate()) - before:
        drawing.join(TIMEOUT)
        assert not drawing.is_alive()
