"""What is drawn at random follows from its seed, comes at an event that there is, and is possible there."""

from __future__ import annotations

from pytest_optbench.stress.faults.events import Event
from pytest_optbench.stress.faults.fault import POSSIBLE
from pytest_optbench.stress.faults.random_mishaps import random_fault, random_moment

TRACES = [[Event("open", "a"), Event("write", "a"), Event("flock", "l")], [Event("rename", "b"), Event("rmdir", "c")]]


def test_a_seed_repeats_them() -> None:
    drawn = [random_fault(7, number, TRACES) for number in range(300)]
    assert drawn == [random_fault(7, number, TRACES) for number in range(300)]
    assert drawn != [random_fault(8, number, TRACES) for number in range(300)]
    assert {fault.act for fault in drawn} == {"kill", "torn-write", "error", "half-write", "delay", "signal"}
    assert {(fault.process, fault.at) for fault in drawn} == {(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)}


def test_errors_are_possible_at_their_event() -> None:
    for number in range(300):
        fault = random_fault(1, number, TRACES)
        if fault.act == "error":
            assert TRACES[fault.process][fault.at].kind in POSSIBLE[fault.code]
            assert not (fault.lasting and fault.code == "EINTR"), "Python would try for ever"


def test_moments_lie_within_the_time() -> None:
    moments = [random_moment(3, number, 0.5) for number in range(100)]
    assert moments == [random_moment(3, number, 0.5) for number in range(100)]
    assert 0 <= min(moments) < 0.1 < 0.4 < max(moments) <= 0.5
