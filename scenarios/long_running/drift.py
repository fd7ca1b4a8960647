"""Drift: changes in the resources of a process, and in the cost of a run, while it executes many runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.measure.measure import Slope, slope

WARM_UP = 1 / 3  # of the samples: caches fill and pools grow at first


Trend = Literal["flat", "leak", "undecided"]


@dataclass(frozen=True)
class Leak:
    """The growth of one resource of a process per run, with the bound for it."""

    name: str
    unit: str
    slope: Slope
    bound: float

    @property
    def promise(self) -> Promise:
        """The promise that states the bound."""
        return PROMISES[self.name]

    @property
    def trend(self) -> Trend:
        """Whether the whole interval of the slope lies within the bound, or beyond it; else "undecided"."""
        if self.slope.high <= self.bound:
            return "flat"
        return "leak" if self.slope.low > self.bound else "undecided"

    @property
    def noticed_from(self) -> float:
        """The smallest growth per run that these samples distinguish from one within the bound."""
        return self.bound + (self.slope.high - self.slope.low) / 2

    def __str__(self) -> str:
        per_run, low, high = self.slope.per_step, self.slope.low, self.slope.high
        return f"{per_run:,.3g} {self.unit} per run ({low:,.3g} to {high:,.3g}), allowed {self.bound:,g}"


@dataclass(frozen=True)
class ResourceSample:
    """The resources of a process after `runs` runs; `memory` in bytes, all others counted."""

    runs: int
    memory: int
    open_files: int
    threads: int
    objects: int
    loggers: int
    temporary_files: int


BOUNDS: Mapping[str, tuple[str, float]] = {
    "memory": ("bytes", 1_000.0),  # allocators give and take pages; a record kept whole is more than this
    "open_files": ("descriptors", 0.01),
    "threads": ("threads", 0.01),
    "objects": ("objects", 0.05),
    "loggers": ("loggers", 0.01),
    "temporary_files": ("temporary files", 0.01),
}  # what is counted repeats exactly; memory comes in pages, with an interval to match
PROMISES: Mapping[str, Promise] = {
    "memory": promise("long-running.memory"),
    "open_files": promise("long-running.open-files"),
    "threads": promise("long-running.threads"),
    "objects": promise("long-running.objects"),
    "loggers": promise("long-running.loggers"),
    "temporary_files": promise("long-running.temporary-files"),
}


def leaks(samples: Sequence[ResourceSample]) -> Iterator[Leak]:
    """Yield the growth of each resource, fitted to the samples after the warm-up.

    Raises:
        InvalidInputError: fewer than six samples.
    """
    if len(samples) < 6:
        raise InvalidInputError(f"a drift needs six or more samples, not {len(samples)}")
    warm = samples[int(len(samples) * WARM_UP) :]
    runs = [float(sample.runs) for sample in warm]
    for name, (unit, bound) in BOUNDS.items():
        yield Leak(name, unit, slope([float(getattr(sample, name)) for sample in warm], runs), bound)
