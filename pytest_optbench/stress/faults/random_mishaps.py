"""Faults drawn at random: each follows from a seed and a number, so that it can be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from .events import Event
from .fault import POSSIBLE, Fault

DELAY = 0.02  # seconds; longer than most calls of a file system
RETRIED = ("EINTR",)  # Python itself tries these calls again, for ever if the error stays
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def random_fault(seed: int, number: int, traces: Sequence[Sequence[Event]]) -> Fault:
    """Draw a fault at one of the events of an earlier sweep (`injection.traces_of`)."""
    draw = Random(f"{seed}/{number}")  # noqa: S311 - it must repeat
    points = [(process, at) for process, trace in enumerate(traces) for at in range(len(trace))]
    process, at = draw.choice(points)
    event = traces[process][at]
    code = draw.choice(sorted(code for code, kinds in POSSIBLE.items() if event.kind in kinds) or ["EIO"])
    lasting = draw.random() < 0.3 and code not in RETRIED
    return draw.choice(
        (
            Fault("kill", at, process),
            Fault("torn-write", at, process),
            Fault("error", at, process, code, lasting),
            Fault("half-write", at, process, draw.choice(("ENOSPC", "EDQUOT", "EIO"))),
            Fault("delay", at, process, seconds=DELAY),
            Fault("signal", at, process, draw.choice(SIGNALS)),
        )
    )


def random_moment(seed: int, number: int, seconds: float) -> float:
    """Draw a time to kill at, for stores whose writes cannot be counted: C code of a database makes them."""
    return Random(f"{seed}/{number}/moment").uniform(0.0, seconds)  # noqa: S311 - it must repeat
