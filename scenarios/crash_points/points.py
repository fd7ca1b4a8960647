"""The points of a walk: which fault at which event of a sweep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from pytest_optbench.stress.faults.events import Event
from pytest_optbench.stress.faults.fault import POSSIBLE, Fault

Trace = Sequence[Sequence[Event]]  # by process
Place = tuple[int, int]  # number of the process, number of the event in it
CRASHES = (Fault("kill"),)
ERRORS = (
    Fault("error", code="ENOSPC"),
    Fault("error", code="EIO"),
    Fault("error", code="ENOSPC", lasting=True),
)
ALL_ERRORS = (
    *ERRORS,
    Fault("error", code="EIO", lasting=True),
    *(Fault("error", code=code) for code in ("EDQUOT", "EACCES", "ESTALE", "EINTR")),
    Fault("half-write", code="ENOSPC"),
)


def every_place(trace: Trace) -> list[Place]:
    """Return every event of every process."""
    return [(process, number) for process, events in enumerate(trace) for number in range(len(events))]


def sample(trace: Trace, draw: Random, *, files: bool) -> list[Place]:
    """Draw places that include the first and the last event of each process, each kind of event, and with `files` each
    kind of file.
    """
    ends = [(process, at) for process, events in enumerate(trace) for at in {0, len(events) - 1} if events]
    others = [place for place in every_place(trace) if place not in ends]
    draw.shuffle(others)
    seen: set[str] = set()
    chosen = []
    for process, number in [*ends, *others]:
        event = trace[process][number]
        kinds = {f"event {event.kind}", *([f"file {event.file_kind}"] if files else [])}
        if (process, number) in ends or not kinds <= seen:
            chosen.append((process, number))
            seen |= kinds
    return sorted(chosen)


def all_points(faults: Sequence[Fault], trace: Trace, places: Sequence[Place]) -> Iterator[Fault]:
    """Yield every fault at every place where it is possible."""
    for fault in faults:
        yield from (_at(fault, place) for place in places if _is_possible(fault, trace, place))


def mixed_points(faults: Sequence[Fault], trace: Trace, places: Sequence[Place]) -> Iterator[Fault]:
    """Yield one fault at each place: of those that are possible there, the one that was used least so far."""
    used = dict.fromkeys(faults, 0)
    for place in places:
        fitting = [fault for fault in faults if _is_possible(fault, trace, place)]
        if fitting:
            chosen = min(fitting, key=used.__getitem__)
            used[chosen] += 1
            yield _at(chosen, place)


def _is_possible(fault: Fault, trace: Trace, place: Place) -> bool:
    if fault.act == "half-write":
        return trace[place[0]][place[1]].kind == "write"
    return not fault.code or trace[place[0]][place[1]].kind in POSSIBLE[fault.code]


def _at(fault: Fault, place: Place) -> Fault:
    process, number = place
    return Fault(fault.act, number, process, fault.code, fault.lasting)
