"""Threads of a sweep work side by side or by turns, whichever is found to be faster, and never wait for long."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

import pytest

import pytest_optbench.engine as metalab
from pytest_optbench.engine.executors import thread_pacing
from pytest_optbench.engine.executors.thread_pacing import FIRST_INTERVAL, LONGEST_INTERVAL, TRIAL_RUNS, ThreadPacer

MET = threading.Barrier(2, timeout=60.0)
EXECUTED: list[int] = []  # by which thread, run by run


@metalab.operation
def meet() -> None:
    """Wait for a run in another thread."""
    MET.wait()


@metalab.operation
def note_thread() -> None:
    EXECUTED.append(threading.get_ident())


def sweep(operation: Any, runs: int, store: Path, threads: int = 2) -> metalab.RunHandle:
    experiment = metalab.Experiment("e", "1", None, operation, metalab.grid(n=range(runs)), metalab.seeds())
    with metalab.ThreadExecutor(threads) as executor:
        handle = metalab.run(experiment, store=store, executor=executor)
        handle.result()
    return handle


@pytest.fixture
def takes_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sweep of several threads goes by turns to its end."""
    monkeypatch.setattr(thread_pacing, "_trials", lambda: iter([(True, 10**9)]))


def stretches(seconds: dict[bool, float], cores: float, runs: int) -> list[tuple[bool, int]]:
    """Whether runs went by turns, and how many in a row; a run takes so long in either way, on so many busy cores."""
    now = 0.0
    pacer = ThreadPacer(lambda: (now, cores * now))
    went = []
    for _ in range(runs):
        went.append(pacer.takes_turns)
        now += seconds[pacer.takes_turns]
        pacer.ended(more=True)
    return [(way, len(list(same))) for way, same in itertools.groupby(went)]


def test_both_ways_are_tried_and_turns_are_kept_where_they_are_faster() -> None:
    assert stretches({False: 1.0, True: 0.9}, 1.0, 2 * (2 * TRIAL_RUNS) + 3 * FIRST_INTERVAL) == [
        (False, TRIAL_RUNS),
        (True, TRIAL_RUNS + FIRST_INTERVAL),
        (False, TRIAL_RUNS),
        (True, TRIAL_RUNS + 2 * FIRST_INTERVAL),
    ]


def test_turns_are_given_up_where_they_are_slower() -> None:
    assert stretches({False: 1.0, True: 1.1}, 1.0, 2 * TRIAL_RUNS + FIRST_INTERVAL) == [
        (False, TRIAL_RUNS),
        (True, TRIAL_RUNS),
        (False, FIRST_INTERVAL),
    ]


@pytest.mark.parametrize("cores", [0.1, 0.7, 1.3, 2.0])
def test_where_runs_wait_or_keep_more_cores_busy_turns_are_not_tried(cores: float) -> None:
    assert stretches({False: 1.0, True: 0.1}, cores, 5 * FIRST_INTERVAL) == [(False, 5 * FIRST_INTERVAL)]


def test_trials_become_rare_and_do_not_end() -> None:
    trials = thread_pacing._trials()
    next(trials)
    asked = [trials.send((1.0, 1.0)) for _ in range(60)]
    assert {runs for _, runs in asked} == {TRIAL_RUNS, LONGEST_INTERVAL} | {
        FIRST_INTERVAL * 2**times for times in range(5)
    }
    assert [runs for _, runs in asked[-3:]] == [TRIAL_RUNS, LONGEST_INTERVAL, TRIAL_RUNS]


def test_by_turns_a_run_may_wait_for_one_of_another_thread(takes_turns: None, tmp_path: Path) -> None:
    assert sweep(meet, 6, tmp_path).status.completed == 6


def test_by_turns_a_thread_works_until_its_turn_is_over(
    takes_turns: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(thread_pacing, "TURN_SECONDS", 60.0)
    monkeypatch.setattr(thread_pacing, "MAX_WAIT", 60.0)
    both, met, begin = threading.Barrier(2, timeout=60.0), threading.local(), ThreadPacer.begin

    def begin_together(self: ThreadPacer) -> None:
        if not hasattr(met, "already"):
            met.already = both.wait()
        begin(self)

    monkeypatch.setattr(ThreadPacer, "begin", begin_together)
    EXECUTED.clear()
    assert sweep(note_thread, 50, tmp_path).status.completed == 50
    assert sorted(len(list(runs)) for _, runs in itertools.groupby(EXECUTED)) == [1, 49]


@pytest.mark.parametrize(("more", "part", "kept"), [(True, 0.5, True), (True, 1.0, False), (False, 0.5, False)])
def test_a_turn_is_kept_for_its_time_while_there_is_more_to_do(
    takes_turns: None, more: bool, part: float, kept: bool
) -> None:
    now = 0.0
    pacer = ThreadPacer(lambda: (now, now))
    for _ in range(2):
        pacer.begin()
        assert pacer._turn.locked()
    now = part * thread_pacing.TURN_SECONDS
    pacer.ended(more=more)
    assert pacer._turn.locked() == kept


def test_a_turn_ends_with_turns() -> None:
    ticks = itertools.count()
    pacer = ThreadPacer(lambda: (next(ticks) * 1e-6,) * 2)
    while not pacer.takes_turns:
        pacer.begin()
        assert not pacer._turn.locked()
        pacer.ended(more=True)
    while pacer.takes_turns:
        pacer.begin()
        assert pacer._turn.locked()
        pacer.ended(more=True)
    assert not pacer._turn.locked()


def test_one_thread_waits_for_nobody(takes_turns: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ThreadPacer, "begin", None)
    assert sweep(note_thread, 3, tmp_path, threads=1).status.completed == 3
