"""Events: what is told of a sweep, in which order, and when."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sample_operations import EXECUTORS, experiment, fated, noop, patient, telling

import pytest_optbench.engine as metalab
from pytest_optbench.engine import EventKind

TIMEOUT = 60.0  # seconds, against a hang


def test_every_run_is_told_of_from_beginning_to_end(tmp_path: Path, executor: Any, witness: Path) -> None:
    fates = ["well", "error", "well"]
    sweep = experiment(fated, [{"n": n, "fate": fate} for n, fate in enumerate(fates)])
    told: list[metalab.Event] = []
    results = metalab.run(sweep, store=tmp_path / "s", executor=executor, on_event=told.append).result(TIMEOUT)
    for run, fate in zip(results, fates, strict=True):
        kinds = [event.kind for event in told if event.run_id == run.run_id]
        assert kinds == [EventKind.RUN_STARTED, EventKind.RUN_FINISHED if fate == "well" else EventKind.RUN_FAILED]
    assert {event.experiment_id for event in told} == {"sample:1"}
    finished = [event for event in told if event.kind == EventKind.RUN_FINISHED]
    assert sorted(event.payload["metrics"]["n"] for event in finished) == [0, 2]
    assert all(event.payload["duration_ms"] > 0 for event in finished)
    (failed,) = (event for event in told if event.kind == EventKind.RUN_FAILED)
    assert failed.payload["error_type"] == "ValueError"
    assert "as planned" in failed.payload["error"]
    assert "as planned" in failed.message
    assert told[-1].kind == EventKind.PROGRESS
    assert told[-1].payload["is_over"]
    assert (told[-1].payload["completed"], told[-1].payload["failed"]) == (2, 1)
    assert (told[-1].payload["current"], told[-1].payload["total"]) == (3, 3)


def test_what_happens_inside_runs_is_told_between_beginning_and_end(tmp_path: Path, executor: Any) -> None:
    told: list[metalab.Event] = []
    (run,) = metalab.run(experiment(telling, 1), store=tmp_path, executor=executor, on_event=told.append).result(
        TIMEOUT
    )
    kinds = [(event.kind, event.message) for event in told if event.run_id == run.run_id]
    assert kinds == [
        (EventKind.RUN_STARTED, ""),
        (EventKind.LOG, "run 0 logs"),
        (EventKind.ARTIFACT_SAVED, "summary"),
        (EventKind.ARTIFACT_SAVED, "report"),
        (EventKind.RUN_FINISHED, ""),
    ]


def test_skipped_runs_are_told_of(tmp_path: Path, executor: Any) -> None:
    sweep = experiment(noop, 3)
    metalab.run(sweep, store=tmp_path).result(TIMEOUT)
    told: list[metalab.Event] = []
    metalab.run(sweep, store=tmp_path, executor=executor, on_event=told.append).result(TIMEOUT)
    assert [event.kind for event in told if event.run_id] == [EventKind.RUN_SKIPPED] * 3


@pytest.mark.parametrize("kind", [kind for kind in EXECUTORS if kind != "inline"])
def test_a_beginning_is_told_while_the_run_is_under_way(tmp_path: Path, witness: Path, kind: str) -> None:
    started = threading.Event()
    handle = metalab.run(
        experiment(patient, 1), store=tmp_path / "s", executor=EXECUTORS[kind](), on_event=lambda event: started.set()
    )
    assert started.wait(TIMEOUT), "the run waits for its cancellation, so nothing ends before this is told"
    assert handle.status.running == 1
    handle.cancel()
    handle.result(TIMEOUT)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_the_end_of_a_run_is_told_while_others_are_under_way(tmp_path: Path, witness: Path, kind: str) -> None:
    """One run ends at once and another waits until it is cancelled, which only the first one's end brings about."""
    cases = [{"n": 0}, {"n": -1}]
    told: list[metalab.Event] = []
    ended = threading.Event()

    def listen(event: metalab.Event) -> None:
        told.append(event)
        if event.kind == EventKind.RUN_FAILED:
            ended.set()

    sweep = experiment(patient, cases, param_resolver=lambda context, raw: raw if raw["n"] == 0 else {"other": 1})
    handle = metalab.run(sweep, store=tmp_path / "s", executor=EXECUTORS[kind](), on_event=listen)
    assert ended.wait(TIMEOUT), "the run without `n` fails at once"
    assert not handle.is_complete
    handle.cancel()
    handle.result(TIMEOUT)


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), SystemExit(1)])
def test_a_listener_that_fails_harms_no_run(tmp_path: Path, executor: Any, error: BaseException) -> None:
    def listen(event: metalab.Event) -> None:
        raise error

    handle = metalab.run(experiment(noop, 5), store=tmp_path, executor=executor, on_event=listen)
    assert len(handle.result(TIMEOUT).successful) == 5
    assert any(type(error).__name__ in problem for problem in handle.problems)


def test_a_listener_is_never_called_twice_at_once(tmp_path: Path) -> None:
    inside, most = 0, 0

    def listen(event: metalab.Event) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.001)
        inside -= 1

    metalab.run(experiment(telling, 20), store=tmp_path, executor=metalab.ThreadExecutor(4), on_event=listen).result(
        TIMEOUT
    )
    assert most == 1


def test_a_listener_may_cancel(tmp_path: Path, executor: Any) -> None:
    handles: list[Any] = []
    cancelled = threading.Event()

    def listen(event: metalab.Event) -> None:
        if event.kind == EventKind.RUN_FINISHED and handles:
            handles[0].cancel()
            cancelled.set()

    handles.append(metalab.run(experiment(noop, 300), store=tmp_path, executor=executor, on_event=listen))
    results = handles[0].result(TIMEOUT)
    assert len(results) == handles[0].status.completed
    assert cancelled.is_set() or isinstance(executor, metalab.InlineExecutor) or len(results) == 300


def test_an_event_cannot_change_the_parameters_of_a_run(tmp_path: Path) -> None:
    def listen(event: metalab.Event) -> None:
        if event.run_id:
            event.payload["params"]["n"] = "changed"

    sweep = experiment(noop, 2, seeds=metalab.seeds(0, 2))
    results = metalab.run(sweep, store=tmp_path, on_event=listen).result(TIMEOUT)
    assert [run.params["n"] for run in results] == [0, 0, 1, 1]


class Stubborn(dict[str, int]):
    """A parameter that has an identity and no copy."""

    def __deepcopy__(self, memo: Any) -> Any:
        raise RuntimeError("not me")


def test_parameters_that_cannot_be_copied_fail_their_run_alone(tmp_path: Path) -> None:
    told: list[metalab.Event] = []
    sweep = experiment(noop, [{"n": 1}, {"n": Stubborn(a=1)}, {"n": 3}])
    results = metalab.run(sweep, store=tmp_path, on_event=told.append).result(TIMEOUT)
    assert [run.status.value for run in results] == ["success", "failed", "success"]
    (failed,) = (event for event in told if event.kind is metalab.EventKind.RUN_FAILED)
    assert "not me" in failed.payload["params"]["n"]


def test_another_listener_hears_from_then_on(tmp_path: Path, witness: Path) -> None:
    """The first run waits until it is cancelled, so the second listener is there in time."""
    first: list[metalab.Event] = []
    second: list[metalab.Event] = []
    started = threading.Event()

    def listen(event: metalab.Event) -> None:
        first.append(event)
        started.set()

    handle = metalab.run(experiment(patient, 1), store=tmp_path / "s", on_event=listen)
    assert started.wait(TIMEOUT)
    handle.set_event_callback(second.append)
    handle.cancel()
    handle.result(TIMEOUT)
    assert {event.kind for event in first} == {EventKind.RUN_STARTED}
    assert second[0].kind is EventKind.RUN_CANCELLED
    handle.set_event_callback(None)


def test_an_event_made_by_hand_is_like_one_of_a_sweep() -> None:
    failed = metalab.Event.run_failed("a", "broken", attempt=2)
    assert (failed.kind, failed.run_id, failed.message) == ("run_failed", "a", "broken")
    assert failed.payload == {"error": "broken", "attempt": 2}
    assert failed.timestamp.tzinfo is not None
