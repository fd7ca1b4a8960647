"""Made-up sessions that the tests of the report layer share."""

from __future__ import annotations

import random
from collections.abc import Iterable

from pytest_optbench.promises import promise_of
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.outcome import BrokenPromise, ItemOutcome, Limit

TARGET = {"name": "lab", "version": "1.0", "path": "/somewhere/lab.py", "generation": "handle"}
MACHINE: dict[str, str | int] = {"system": "a system", "processor": "a processor", "cores": 2, "python": "3.11.7"}
RUN_ONCE = "A finished run is not executed again."
KEPT = "A record survives a kill."
RUN_ONCE_ID = "resume.a-finished-run-is-not-executed-again"
KEPT_ID = "resume.a-record-survives-a-kill"


def broken(promise: str, count: int = 1, about: str = "") -> BrokenPromise:
    """A broken promise with that many witnesses."""
    return BrokenPromise(promise_of(promise, "resume").id, promise, "run 7 was executed twice", count - 1, about)


def _once(promise: str) -> BrokenPromise:
    return broken(promise)


def session(*outcomes: ItemOutcome, started: str = "2024-01-01T00:00:00Z") -> SessionReport:
    return SessionReport(TARGET, outcomes, 2.5, started, {"heavy": 1}, MACHINE)


def outcome(
    *limits: Limit, point: str = "resume", broken: Iterable[str | BrokenPromise] = (), **changed: object
) -> ItemOutcome:
    breaks = tuple(one if isinstance(one, BrokenPromise) else _once(one) for one in broken)
    told = {"executed": 10, "audited": 10, "replay": "pytest x", **changed}
    return ItemOutcome(point, "case", "light", "breaks" if breaks else "holds", broken=breaks, limits=limits, **told)  # type: ignore[arg-type]


def count(value: float, name: str = "cost", better: str = "lower") -> Limit:
    return Limit(name, value, "opens/run", better=better)  # type: ignore[arg-type]


def speed(level: float, name: str = "rate", samples: int = 12, spread: float = 0.03, seed: int = 0) -> Limit:
    """A speed in runs/s around a level, with its samples."""
    draw = random.Random(f"{seed} {level}")
    taken = tuple(level * draw.uniform(1 - spread, 1 + spread) for _ in range(samples))
    return Limit(name, level, "runs/s", better="higher", kind="time", samples=taken)
