"""The forecast of a session as plain data: what a sweep costs at several sizes, and the limit that it meets first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Cost = Literal[
    "wall time",
    "disk",
    "inodes",
    "memory to run",
    "memory to plan",
    "time to resume",
    "time to read back",
    "memory to read back",
]
Unit = Literal["s", "bytes", "count"]


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class CostForecast:
    """One cost of a sweep: what was measured, how it grows, and what it is expected to be.

    `at` has an estimate for each of the `sizes` of the forecast. `workers` is 0 where the cost does not depend on them.
    `measured` has pairs of runs and cost; the estimates for more runs than these are extrapolated. `growth` is the
    exponent of the cost (1 is linear); None where it could not be measured, and linear growth is assumed.
    """

    cost: Cost
    unit: Unit
    at: tuple[Estimate, ...]
    workers: int = 0
    measured: tuple[tuple[float, float], ...] = ()
    growth: Estimate | None = None


@dataclass(frozen=True)
class ResourceLimit:
    """A resource of this machine, and the number of runs that use it up.

    `name` completes a sentence ("inodes of this disk"), `available` is what there is, in `unit`. `high` is None where
    the interval has no end: the cost may not grow at all.
    """

    name: str
    cost: Cost
    available: float
    unit: Unit
    runs: float
    low: float
    high: float | None


@dataclass(frozen=True)
class Forecast:
    """What a sweep of `runs` runs will take on this machine, and the sizes around it.

    `largest` is the most runs that a measured sweep had: estimates of larger ones are extrapolated. `knee` is the
    number of workers beyond which more of them gain little. `limits` has those that some sweep would meet, the one
    that the fewest runs meet first. `seconds` is how long measuring took.
    """

    runs: int
    payload: str
    executor: str
    sizes: tuple[int, ...]
    costs: tuple[CostForecast, ...]
    largest: int
    knee: int
    seconds: float
    limits: tuple[ResourceLimit, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def first_limit(self) -> ResourceLimit | None:
        """The limit that the fewest runs meet, None if none was found."""
        return self.limits[0] if self.limits else None
