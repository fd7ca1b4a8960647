"""Which points a walk meets: a sample has the ends and every kind, and no fault is put where it is impossible."""

from __future__ import annotations

from random import Random

import pytest

from pytest_optbench.stress.faults.events import Event
from pytest_optbench.stress.faults.fault import POSSIBLE, Fault
from scenarios.crash_points.points import ALL_ERRORS, CRASHES, all_points, every_place, mixed_points, sample

FILES = ("record.json", "log.txt", "series.npz", "claims.lock")
MAIN = [Event("mkdir", "."), *(Event(kind, f"{number:08x}/{FILES[number % 3]}") for number in range(40)
        for kind in ("open", "write", "close")), Event("rename", "a"), Event("flock", "claims.lock"),
        Event("remove", "b")]  # fmt: skip
TRACE = [MAIN, [Event("open", "x"), Event("unlock", "claims.lock")], []]


@pytest.mark.parametrize("seed", range(20))
def test_a_sample_has_the_ends_and_every_kind(seed: int) -> None:
    places = sample(TRACE, Random(seed), files=True)
    events = [TRACE[process][number] for process, number in places]
    assert {(0, 0), (0, len(MAIN) - 1), (1, 0), (1, 1)} <= set(places)
    assert len(set(places)) == len(places) < len(MAIN) / 4
    everything = [event for trace in TRACE for event in trace]
    assert {event.kind for event in events} == {event.kind for event in everything}
    assert {event.file_kind for event in events} == {event.file_kind for event in everything}
    fewer = sample(TRACE, Random(seed), files=False)
    assert len(fewer) <= len(places)
    assert {TRACE[process][number].kind for process, number in fewer} == {event.kind for event in everything}


def test_samples_differ_and_a_seed_repeats_one() -> None:
    assert sample(TRACE, Random(1), files=True) == sample(TRACE, Random(1), files=True)
    assert sample(TRACE, Random(1), files=True) != sample(TRACE, Random(2), files=True)


def test_all_points_are_every_possible_one() -> None:
    places = every_place(TRACE)
    assert len(places) == len(MAIN) + 2
    assert [(fault.process, fault.at) for fault in all_points(CRASHES, TRACE, places)] == places
    errors = list(all_points(ALL_ERRORS, TRACE, places))
    expected = sum(_is_possible(fault, TRACE[process][number]) for fault in ALL_ERRORS for process, number in places)
    assert len(errors) == expected > 4 * len(MAIN)


def test_mixed_points_meet_one_possible_fault_each_and_every_fault_in_turn() -> None:
    places = every_place(TRACE)
    faults = list(mixed_points((*CRASHES, *ALL_ERRORS), TRACE, places))
    assert len(faults) == len(places)
    assert {(fault.act, fault.code, fault.lasting) for fault in faults} == {
        (fault.act, fault.code, fault.lasting) for fault in (*CRASHES, *ALL_ERRORS)
    }
    assert all(_is_possible(fault, TRACE[fault.process][fault.at]) for fault in faults)


def _is_possible(fault: Fault, event: Event) -> bool:
    if fault.act == "half-write":
        return event.kind == "write"
    return fault.act == "kill" or event.kind in POSSIBLE[fault.code]
