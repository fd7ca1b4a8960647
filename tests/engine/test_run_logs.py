"""The log of a run: its own lines and those of its thread's loggers, and nothing left behind in `logging`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_operations import experiment, logging_to

import pytest_optbench.engine as metalab
from pytest_optbench.engine.execution.run_log import _DISPATCHERS, RunLog, Subscription
from pytest_optbench.engine.execution.runtime import CancelToken, Runtime
from pytest_optbench.engine.model.records import StoredFile
from pytest_optbench.engine.store import FileStore

RUN = "0" * 32
NAME = "optbench.test.runlog"


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    made = logging.getLogger(NAME)
    made.setLevel(logging.INFO)
    yield made
    assert made.handlers == []
    assert NAME not in _DISPATCHERS


@pytest.fixture
def log(tmp_path: Path) -> Iterator[RunLog]:
    store = FileStore(tmp_path).experiment("e:1")
    assert store.claim(RUN)
    yield RunLog(store.draft(RUN))
    store.close()


def text_of(tmp_path: Path, log: RunLog) -> str:
    kept = log.close()
    assert isinstance(kept, StoredFile)
    found = (tmp_path / "e_1" / "drafts" / RUN / kept.file).read_text(encoding="utf-8")
    assert len(found.encode()) == kept.size
    return found


def test_a_line_says_when_how_grave_and_what(tmp_path: Path, log: RunLog) -> None:
    log.write("caf\u00e9 \ud800", "warning")
    stamp, level, message = text_of(tmp_path, log).rstrip("\n").split(" ", 2)
    assert (len(stamp), stamp[-6:], level) == (32, "+00:00", "WARNING")
    assert message == "caf\u00e9 \\ud800"


def test_without_a_line_there_is_no_file(tmp_path: Path, log: RunLog) -> None:
    assert log.close() is None
    assert list((tmp_path / "e_1" / "drafts" / RUN).iterdir()) == []


def test_lines_of_many_threads_stay_whole(tmp_path: Path, log: RunLog) -> None:
    def write(thread: int) -> None:
        for number in range(500):
            log.write(f"{thread} {number} " + "x" * 200, "info")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    words = [line.split() for line in text_of(tmp_path, log).splitlines()]
    assert {(line[2], line[3]) for line in words} == {(str(t), str(n)) for t in range(4) for n in range(500)}
    assert {(len(line), line[4]) for line in words} == {(5, "x" * 200)}
    assert len(words) == 2000


def test_each_line_is_on_the_disk_at_once(tmp_path: Path, log: RunLog) -> None:
    for number in range(3):
        log.write(f"line {number}", "info")
        assert (tmp_path / "e_1" / "drafts" / RUN / "log.txt").read_text().endswith(f" INFO line {number}\n")
    assert len(text_of(tmp_path, log).splitlines()) == 3


def test_a_run_hears_its_own_thread_alone(logger: logging.Logger) -> None:
    heard: dict[str, list[str]] = {"here": [], "there": []}
    subscribed, done = threading.Event(), threading.Event()

    def other() -> None:
        subscription = Subscription(NAME, lambda message, level, logger: heard["there"].append(message))
        logger.info("there")
        subscribed.set()
        done.wait()
        subscription.cancel()

    subscription = Subscription(NAME, lambda message, level, logger: heard["here"].append(f"{level} {message}"))
    thread = threading.Thread(target=other)
    thread.start()
    subscribed.wait()
    logger.info("here %d", 1)
    logger.debug("below the logger's level")
    done.set()
    thread.join()
    logger.warning("here 2")
    subscription.cancel()
    logger.info("afterwards")
    assert heard == {"here": ["INFO here 1", "WARNING here 2"], "there": ["there"]}


def test_a_logger_has_one_handler_of_ours_however_many_runs_listen(logger: logging.Logger) -> None:
    subscriptions = [Subscription(NAME, lambda message, level, logger: None) for _ in range(50)]
    assert len(logger.handlers) == 1
    for subscription in subscriptions:
        subscription.cancel()


def test_a_sink_that_fails_harms_nobody(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(message: str, level: str, logger: str) -> None:
        raise RuntimeError("the disk is full")

    heard: list[str] = []
    subscriptions = [Subscription(NAME, fail), Subscription(NAME, lambda message, level, logger: heard.append(message))]
    logger.info("on")
    for subscription in subscriptions:
        subscription.cancel()
    assert heard == ["on"]
    assert "the disk is full" in capsys.readouterr().err


@pytest.mark.parametrize("own", [True, False], ids=["of the run", "subscribed"])
def test_who_logs_does_not_wait_for_a_sink_that_waits_for_him(logger: logging.Logger, own: bool) -> None:
    begun, logged = threading.Event(), threading.Event()
    waited: list[bool] = []

    def sink(message: str, level: str, logger: str) -> None:
        if message == "there":
            begun.set()
            waited.append(logged.wait(5.0))

    def other() -> None:
        subscription = Subscription(NAME, sink)
        log.info("there")
        subscription.cancel()

    log = Runtime(RUN, CancelToken(), sink, {}).logger if own else logger
    subscription = Subscription(NAME, sink)
    thread = threading.Thread(target=other)
    thread.start()
    begun.wait()
    log.info("here")
    logged.set()
    thread.join()
    subscription.cancel()
    assert waited == [True]


def test_what_a_sink_logs_is_not_passed_on_for_ever(logger: logging.Logger) -> None:
    heard: list[str] = []

    def sink(message: str, level: str, logger: str) -> None:
        heard.append(message)
        logger.info("told of %s", message)

    subscription = Subscription(NAME, sink)
    logger.info("one")
    logger.info("two")
    subscription.cancel()
    assert heard == ["one", "two"]


def test_a_listener_may_log_whatever_it_is_told_of(tmp_path: Path, logger: logging.Logger) -> None:
    sweep = experiment(logging_to, 1, context={"logger": NAME})
    handle = metalab.run(sweep, store=tmp_path, on_event=lambda event: logger.info("told of %s", event.kind))
    (run,) = handle.result(60.0)
    assert handle.problems == ()
    assert [line.split(" ", 2)[2] for line in run.log.splitlines()] == [f"[{NAME}] hello"]
