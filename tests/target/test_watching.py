"""A target that hangs is interrupted; one that is slow, in whatever way, is not."""

from __future__ import annotations

import os
import signal
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_optbench.errors import InvalidInputError, TargetHungError
from pytest_optbench.target.survival import ExitedError, intercept_exit
from pytest_optbench.target.watch import (
    COMPUTING,
    LITTLE_DATA,
    OBSERVATIONS,
    Observation,
    WatchState,
    interrupt_hangs,
    process_tree,
)

PATIENCE = 60.0
STEP = PATIENCE / OBSERVATIONS


def hang(looks: list[Observation]) -> str:
    seen = WatchState.begin(looks[0])
    for look in looks[1:]:
        seen = seen.after(look, PATIENCE)
        if found := seen.hang(PATIENCE):
            return found
    return ""


def steady(
    count: int, *, witness: float = 0, processor: float = 0, data: float = 0, step: float = STEP
) -> list[Observation]:
    """So many looks, between which each figure rises by so much."""
    return [Observation(n * step, int(n * witness), n * processor, int(n * data)) for n in range(count)]


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param(steady(500, witness=1), id="executes now and then"),
        pytest.param(steady(COMPUTING * OBSERVATIONS, processor=STEP), id="computes, and not for long enough"),
        pytest.param(steady(500, processor=STEP, data=LITTLE_DATA), id="reads and writes"),
        pytest.param(steady(500, step=3 * STEP), id="was stopped, or the machine slept"),
        pytest.param(steady(OBSERVATIONS), id="waits, and not for long enough"),
        pytest.param(
            steady(COMPUTING * OBSERVATIONS, processor=STEP * 0.03), id="gets a small share of a loaded machine"
        ),
    ],
)
def test_what_is_slow_does_not_hang(looks: list[Observation]) -> None:
    assert hang(looks) == ""


def test_what_waits_hangs() -> None:
    assert hang(steady(OBSERVATIONS + 1)) == "it waited for 60 s and did nothing"
    assert hang(steady(50, processor=STEP * 0.001, data=100)).startswith("it waited")
    worked = steady(20, processor=STEP)
    late = [Observation(worked[-1].clock + n * STEP, 0, worked[-1].processor, 0) for n in range(1, OBSERVATIONS + 2)]
    assert hang(worked) == ""
    assert hang(worked + late).startswith("it waited for 60 s")


def test_what_computes_for_very_long_hangs() -> None:
    assert hang(steady(COMPUTING * OBSERVATIONS + 1, processor=STEP)) == (
        "it computed for 600 s without executing, reading or writing anything"
    )


def test_looks_of_one_process_rise() -> None:
    looks = []
    for _ in range(3):
        looks.append(Observation.now())
        Path("/proc/self/stat").read_bytes()
        sum(range(10**6))
    assert all(before.clock < after.clock and before.data < after.data for before, after in pairwise(looks))
    assert looks[-1].processor >= looks[0].processor


def test_the_family_of_a_process_is_all_below_it() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        grandchild = os.fork()
        if grandchild:
            os.write(writing, str(grandchild).encode())
        signal.pause()
    try:
        grandchild = int(os.read(reading, 20))
        assert {os.getpid(), child, grandchild} <= set(process_tree(os.getpid()))
        os.kill(grandchild, signal.SIGKILL)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_what_is_not_the_targets_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTBENCH_PATIENCE", "0.001")
    with interrupt_hangs():
        time.sleep(0.5)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_an_alarm_of_somebody_else_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTBENCH_PATIENCE", "0.001")
    rung = threading.Event()
    before = signal.signal(signal.SIGALRM, lambda *_: rung.set())
    try:
        with interrupt_hangs():
            assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
            signal.raise_signal(signal.SIGALRM)
        assert rung.is_set()
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("text", ["0", "nan", "inf", "-1", "long"])
def test_a_patience_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("OPTBENCH_PATIENCE", text)
    with pytest.raises(InvalidInputError, match=f"OPTBENCH_PATIENCE={text}"), interrupt_hangs():
        pass


def test_a_hang_is_an_error_of_the_target() -> None:
    assert TargetHungError.promise == "audit.finishes"


def test_an_exit_of_the_process_is_survived_here_and_not_in_a_fork() -> None:
    with intercept_exit(), intercept_exit():
        with pytest.raises(ExitedError, match=r"os\._exit\(3\)"):
            os._exit(3)
        child = os.fork()
        if child == 0:
            os._exit(4)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 4
    assert os._exit.__module__ == "posix"
