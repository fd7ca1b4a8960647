"""Runs are driven alike on both generations, and the summary is true whatever the target does."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lab_probe import build

from pytest_optbench.errors import MissingFeatureError, TargetRaisedError
from pytest_optbench.target import RunOptions, Summary, Target
from pytest_optbench.target.running import raised_by_target
from pytest_optbench.text import one_line


def counts(summary: Summary | None) -> tuple[int, int, int, int]:
    assert summary is not None
    return (summary.total, summary.completed, summary.skipped, summary.failed)


def raising(target: Target, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(target.module, "run", run)


def test_a_sweep_is_counted(target: Target, experiment: Any, tmp_path: Path) -> None:
    summary = target.run(experiment, RunOptions(str(tmp_path)))
    assert counts(summary) == (6, 4, 0, 2)
    assert (summary.error, summary.traceback, summary.timed_out, summary.events) == (None, None, False, {})
    assert summary.seconds > 0


def test_a_second_sweep_skips_what_succeeded(target: Target, experiment: Any, tmp_path: Path) -> None:
    target.run(experiment, RunOptions(str(tmp_path)))
    assert counts(target.run(experiment, RunOptions(str(tmp_path)))) == (6, 0, 4, 2)
    assert counts(target.run(experiment, RunOptions(str(tmp_path), resume=False))) == (6, 4, 0, 2)


def test_events_are_passed_on_and_counted(target: Target, experiment: Any, tmp_path: Path) -> None:
    heard: list[Any] = []
    summary = target.run(experiment, RunOptions(str(tmp_path), on_event=heard.append))
    assert len(heard) == sum(summary.events.values())
    ended = {"run_success": 4, "run_failed": 2} if target.generation == "handle" else {"run_finished": 4}
    assert ended.items() <= summary.events.items()


class Odd(BaseException):
    """What a careless target may raise."""


@pytest.mark.parametrize("error", [RuntimeError("disk\n gone"), SystemExit(3), Odd()], ids=["error", "exit", "odd"])
def test_what_the_target_raises_is_told(
    target: Target, experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    raising(target, error, monkeypatch)
    with pytest.raises(TargetRaisedError, match=f"^it raised {one_line(error)}$"):
        target.run(experiment, RunOptions(str(tmp_path)))
    summary = target.attempt(experiment, RunOptions(str(tmp_path)))
    assert summary.error == one_line(error)
    assert "in run" in (summary.traceback or "")
    assert counts(summary) == (0, 0, 0, 0)


def test_an_interrupt_is_not_swallowed(
    target: Target, experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(target, KeyboardInterrupt(), monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        target.run(experiment, RunOptions(str(tmp_path)))


def test_an_interrupted_wait_cancels_what_has_not_begun(handle: Target, tmp_path: Path) -> None:
    begun: list[int] = []

    def interrupt(params: Any) -> None:
        begun.append(params["a"])
        if len(begun) == 1:
            raise KeyboardInterrupt
        time.sleep(0.01)

    cases = [{"a": number} for number in range(50)]
    with pytest.raises(KeyboardInterrupt):
        handle.run(build(handle, cases, interrupt), RunOptions(str(tmp_path)))
    assert 0 < len(begun) < 100
    assert not logging.getLogger(handle.name).handlers


def test_warnings_of_the_target_are_in_the_summary(
    target: Target, experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger, run = logging.getLogger(target.name), target.module.run

    def talkative(*arguments: Any, **options: Any) -> Any:
        logger.info("nothing of note")
        logging.getLogger("elsewhere").warning("not the target")
        logger.getChild("part").warning("overwriting %s", "x")
        return run(*arguments, **options)

    monkeypatch.setattr(target.module, "run", talkative)
    assert target.run(experiment, RunOptions(str(tmp_path))).messages == ("WARNING: overwriting x",)
    assert not logger.handlers


def test_very_many_warnings_are_counted_and_not_kept(
    target: Target, experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: Any, **options: Any) -> None:
        for number in range(1500):
            logging.getLogger(target.name).warning("number %d", number)
        raise RuntimeError

    monkeypatch.setattr(target.module, "run", run)
    messages = target.attempt(experiment, RunOptions(str(tmp_path))).messages
    assert (len(messages), messages[-1]) == (1001, "... and 500 more messages")


def test_a_sweep_that_is_started_can_be_waited_for(target: Target, tmp_path: Path) -> None:
    gate = threading.Event()

    def wait(params: Any) -> None:
        gate.wait(60)

    started = target.start(build(target, [{"a": 1}], wait), RunOptions(str(tmp_path)))
    assert started.wait(0.05) is None
    gate.set()
    assert counts(started.wait()) == (2, 2, 0, 0)
    assert started.wait() is started.wait(0)


def test_status_tells_how_far_a_sweep_is(handle: Target, tmp_path: Path) -> None:
    gate = threading.Event()

    def first_waits(params: Any, seeds: Any) -> None:
        assert seeds.replicate_index == 0 or gate.wait(60)

    started = handle.start(build(handle, [{"a": 1}], first_waits), RunOptions(str(tmp_path)))
    while started.status.completed == 0:
        time.sleep(0.001)
    assert (started.status.total, started.status.completed) == (2, 1)
    gate.set()
    assert counts(started.wait()) == (2, 2, 0, 0)


def test_a_sweep_that_takes_too_long_is_cancelled(handle: Target, tmp_path: Path) -> None:
    cases = [{"a": number} for number in range(100)]
    slow = build(handle, cases, lambda params: time.sleep(0.01))
    summary = handle.run(slow, RunOptions(str(tmp_path), timeout=0.1))
    assert summary.timed_out
    assert summary.error == "not finished within 0.1 s"
    assert 0 < summary.completed < 200


def test_a_sweep_that_cannot_be_cancelled_goes_on(
    facade: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_optbench.target.running.GRACE", 0.01)
    gate, ended = threading.Event(), threading.Event()

    def wait(params: Any) -> None:
        gate.wait(60)
        ended.set()

    summary = facade.run(build(facade, [{"a": 1}], wait), RunOptions(str(tmp_path), timeout=0.05))
    assert summary.timed_out
    gate.set()
    assert ended.wait(60)


def test_a_time_limit_that_is_not_needed_changes_nothing(target: Target, experiment: Any, tmp_path: Path) -> None:
    summary = target.run(experiment, RunOptions(str(tmp_path), timeout=600.0))
    assert counts(summary) == (6, 4, 0, 2)
    assert not summary.timed_out


def test_cancelling_is_refused_where_there_is_no_way(facade: Target, experiment: Any, tmp_path: Path) -> None:
    started = facade.start(build(facade), RunOptions(str(tmp_path)))
    with pytest.raises(MissingFeatureError, match="cannot be cancelled"):
        started.cancel()
    assert counts(started.wait()) == (6, 4, 0, 2)


def test_workers_and_executor_are_passed_on(target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    if target.generation == "handle":
        monkeypatch.setattr(target.module, "ThreadExecutor", lambda max_workers: seen.append(max_workers))
        monkeypatch.setattr(target.module, "run", lambda *_, **options: seen.append(options["verbose"]))
        target.attempt(build(target), RunOptions(str(tmp_path), workers=3))
        assert seen == [3, False]
    else:
        monkeypatch.setattr(target.module, "run", lambda *_, **options: seen.append(options))
        target.attempt(build(target), RunOptions(str(tmp_path), "process", 3))
        assert (seen[0]["executor"], seen[0]["max_workers"]) == ("processes", 3)


def test_an_executor_of_the_drive_is_closed(handle: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    executor = handle.module.ThreadExecutor
    monkeypatch.setattr(
        handle.module, "ThreadExecutor", lambda max_workers: made.append(executor(max_workers)) or made[0]
    )
    handle.run(build(handle), RunOptions(str(tmp_path)))
    with pytest.raises(RuntimeError, match="after shutdown"):
        made[0].submit(print)


def test_a_shared_executor_serves_several_sweeps(handle: Target, tmp_path: Path) -> None:
    with handle.executor("thread", 2) as shared:
        for part in ("one", "two"):
            assert counts(handle.run(build(handle), RunOptions(str(tmp_path / part), shared=shared))) == (
                6,
                4,
                0,
                2,
            )


def test_executors_that_cannot_be_shared_are_refused(facade: Target) -> None:
    with pytest.raises(MissingFeatureError, match="shared-executor"), facade.executor("thread", 2):
        pass


def test_an_executor_that_is_not_there_is_refused(handle: Target) -> None:
    with pytest.raises(MissingFeatureError, match="'process'"), handle.executor("process", 2):
        pass
    summary = handle.attempt(build(handle), RunOptions("unused", "process"))
    assert summary.error is not None


def test_a_folder_is_passed_absolute_and_a_locator_as_it_is(
    target: Target, experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(target.module, "run", lambda *_, store, **options: seen.append(store))
    for store in ("runs", "postgresql://host/name"):
        target.attempt(experiment, RunOptions(store))
    assert seen == [str(tmp_path / "runs"), "postgresql://host/name"]


def test_events_from_many_threads_are_all_counted() -> None:
    from pytest_optbench.target.running import EventCounts

    tally = EventCounts(lambda event: None)
    threads = [
        threading.Thread(target=lambda: [tally(SimpleNamespace(kind="k")) for _ in range(500)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tally.counts() == {"k": 4000}


def test_what_a_direct_call_raises_is_the_targets() -> None:
    with pytest.raises(TargetRaisedError, match=r"^it raised ValueError: no$"), raised_by_target():
        raise ValueError("no")
