"""Measures: growth exponents and slopes with their intervals, counted function calls, resources of a process."""

from __future__ import annotations

import itertools
import math
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pytest_optbench.errors import InvalidInputError

# Quantiles of Student's t at 97.5 %, by degrees of freedom from 1; beyond the table the normal one plus 2.4 / df.
T_975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
KIB = 1024  # /proc/self/status counts in KiB


@dataclass(frozen=True)
class Growth:
    """cost ~ load ** exponent, with the 95 % confidence interval of the exponent."""

    exponent: float
    low: float
    high: float


@dataclass(frozen=True)
class Slope:
    """The change of a value per step, with its 95 % confidence interval."""

    per_step: float
    low: float
    high: float


@dataclass(frozen=True)
class Usage:
    """The resources of a process: wall and processor seconds, peak resident bytes, its open files and threads."""

    wall: float
    cpu: float
    peak_memory: int
    open_files: int
    threads: int


def growth(loads: Sequence[float], costs: Sequence[float], weights: Sequence[float] | None = None) -> Growth:
    """Fit cost = constant * load ** exponent by least squares on the logarithms, each with its weight if given.

    Raises:
        InvalidInputError: there are fewer than three loads, or one is not above 0.
    """
    if not all(0 < value < math.inf for value in (*loads, *costs)):
        raise InvalidInputError(f"a growth exponent needs finite loads and costs above 0, not {loads} and {costs}")
    line = fit_line([math.log(load) for load in loads], [math.log(cost) for cost in costs], weights)
    return Growth(line.slope, *line.interval)


def growth_at_the_end(loads: Sequence[float], costs: Sequence[float]) -> Growth:
    """Return the exponent of growth without one-off costs: 1 plus the exponent of the cost of one more unit of load.

    It comes from the differences between neighbouring loads: 1 for a + b n, near 2 for a + b n + c n**2, for any a.

    Raises:
        InvalidInputError: there are fewer than four loads, or they do not rise.
    """
    rises = [later - earlier for earlier, later in pairwise(loads)]
    if len(rises) < 3 or min(rises) <= 0:
        raise InvalidInputError(f"growth at the end needs four or more rising loads, not {list(loads)}")
    middles = [load + rise / 2 for load, rise in zip(loads, rises, strict=False)]
    extra = [later - earlier for earlier, later in pairwise(costs)]
    marginal = [max(cost / rise, sys.float_info.min) for cost, rise in zip(extra, rises, strict=True)]
    of_marginal = growth(middles, marginal)
    return Growth(1 + of_marginal.exponent, 1 + of_marginal.low, 1 + of_marginal.high)


def slope(values: Sequence[float], steps: Sequence[float] | None = None) -> Slope:
    """Fit a line through values by least squares; `steps` are their places, 0, 1, 2 ... if not given.

    Raises:
        InvalidInputError: there are fewer than three values, all are at one place, or one is not finite.
    """
    line = fit_line(range(len(values)) if steps is None else steps, values)
    return Slope(line.slope, *line.interval)


@dataclass(frozen=True)
class Line:
    """A line by weighted least squares: the weighted middle of its points, its slope, and what its intervals need.

    `variance` is that of a point of weight 1 around the line, `weight` the sum of all weights, `spread` the weighted
    sum of squared distances from the middle.
    """

    middle: tuple[float, float]
    slope: float
    variance: float
    weight: float
    spread: float
    degrees: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the slope, by Student's t."""
        half = t_975(self.degrees) * math.sqrt(self.variance / self.spread)
        return self.slope - half, self.slope + half

    def new_point(self, x: float) -> tuple[float, float]:
        """Return the line at `x`, and half the width of the 95 % interval of one more point of weight 1 there."""
        away = x - self.middle[0]
        error = math.sqrt(self.variance * (1 + 1 / self.weight + away * away / self.spread))
        return self.middle[1] + self.slope * away, t_975(self.degrees) * error


def fit_line(x: Sequence[float], y: Sequence[float], weights: Sequence[float] | None = None) -> Line:
    """Fit a line by least squares.

    Raises:
        InvalidInputError: there are fewer than three points, all are at one place, or one is not finite.
    """
    if len(x) != len(y) or len(x) < 3 or min(x) == max(x) or not all(map(math.isfinite, (*x, *y))):
        raise InvalidInputError(f"a line needs three or more finite points at different places, not {x} and {y}")
    of_each = [1.0] * len(x) if weights is None else weights
    points = list(zip(x, y, of_each, strict=True))
    total = math.fsum(of_each)
    middle = math.fsum(weight * place for place, _, weight in points) / total
    level = math.fsum(weight * value for _, value, weight in points) / total
    spread = math.fsum(weight * (place - middle) ** 2 for place, _, weight in points)
    slope = math.fsum(weight * (place - middle) * (value - level) for place, value, weight in points) / spread
    left = math.fsum(weight * (value - level - slope * (place - middle)) ** 2 for place, value, weight in points)
    return Line((middle, level), slope, left / (len(points) - 2), total, spread, len(points) - 2)


def t_975(degrees: int) -> float:
    """Return the 97.5 % quantile of Student's t distribution, to three digits."""
    return T_975[degrees - 1] if degrees <= len(T_975) else 1.960 + 2.4 / degrees


def count_calls(function: Callable[..., Any], *arguments: Any) -> int:
    """Count the Python and C functions that are called while `function` runs, by this thread and by those it starts.

    Unlike a time, the count repeats exactly, unless threads wait for each other.
    """
    calls = itertools.count()

    def count(frame: Any, event: str, argument: Any) -> None:  # noqa: ARG001 - what the interpreter passes
        if event in ("call", "c_call"):
            next(calls)

    before, of_threads = sys.getprofile(), threading.getprofile()
    threading.setprofile(count)
    sys.setprofile(count)
    try:
        function(*arguments)
    finally:
        sys.setprofile(before)
        threading.setprofile(of_threads)
    return next(calls)


def usage_of_self(began: float) -> Usage:
    """Return the resources that this process has used; `began` is a `time.perf_counter()` value."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
    return Usage(wall, cpu, peak_bytes(), open_files(), threading.active_count())


def open_files() -> int:
    """Return how many file descriptors this process has open."""
    with os.scandir("/proc/self/fd") as entries:
        return sum(1 for _ in entries) - 1  # the listing itself holds one open


def resident_bytes() -> int:
    """Return how many bytes of this process are resident now."""
    return _status_bytes("VmRSS")


def virtual_bytes() -> int:
    """Return how many bytes of address space this process has now, which a limit of address space counts."""
    return _status_bytes("VmSize")


def peak_bytes() -> int:
    """Return the largest number of resident bytes of this process since its start or the last `reset_peak`.

    `getrusage` cannot be used: a child inherits the peak of the parent that forked it.
    """
    return _status_bytes("VmHWM")


def available_bytes() -> int:
    """Return how many bytes this machine could give to a process now without swapping."""
    with Path("/proc/meminfo").open(encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * KIB


def reset_peak() -> None:
    """Restart the measurement of `peak_bytes`."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _status_bytes(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * KIB
