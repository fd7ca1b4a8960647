"""Extrapolate the cost of a load to larger ones, with intervals that widen with the distance.

Times are noisy, so their growth is fitted to repeated measurements of several loads. A cost per unit that seems to fall
is a one-off cost or a cache that warms up, and does not go on falling: beyond the largest load no unit costs less.
Counts such as bytes repeat, so their last step goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, stdev
from typing import NamedTuple, Protocol

from pytest_optbench.errors import InvalidInputError

from .measure import Growth, Line, fit_line, growth_at_the_end, t_975

Point = tuple[float, float]  # load and cost
NO_TIME = 1e-9  # seconds: a load that took less than one-off costs is not evidence of a time below 0
FARTHEST = 1e15  # loads beyond this are not of this world
STEPS = 100  # bisections of a factor of 1e15, to far less than a unit
HIGHEST = 700.0  # logarithm of the largest cost that is a number


class Prediction(NamedTuple):
    """A predicted value with its 95 % interval."""

    value: float
    low: float
    high: float

    def times(self, other: Prediction) -> Prediction:
        """Return the product of two independent factors, whose relative errors add as squares."""
        value = self.value * other.value
        below = math.hypot(math.log(self.value / self.low), math.log(other.value / other.low))
        above = math.hypot(math.log(self.high / self.value), math.log(other.high / other.value))
        return Prediction(value, value * math.exp(-below), value * math.exp(above))


class Curve(Protocol):
    """A cost as a function of the load."""

    @property
    def growth(self) -> Growth | None: ...

    def at(self, load: float) -> Prediction: ...


@dataclass(frozen=True)
class PowerFit:
    """cost = fixed + rate * load ** exponent, for one assumed `fixed` cost.

    `line` fits the logarithms of load and cost, without the fixed cost; None if there was only one load. `largest` is
    the logarithm of the largest load, and of its costs.
    """

    fixed: float
    line: Line | None
    largest: tuple[float, tuple[float, ...]]

    def variable(self, load: float) -> Prediction:
        """Return the cost of a load without its fixed part."""
        place, (largest, costs) = math.log(load), self.largest
        exponent = self.line.slope if self.line is not None and self.line.interval[0] > 1 else 1.0
        likely = median(costs) + exponent * (place - largest)
        if self.line is None:
            half = t_975(len(costs) - 1) * stdev(costs) * math.sqrt(1 + 1 / len(costs))
            low, high = likely - half, likely + half
        else:
            low, high = _bounds(self.line, place, largest)
        bounds = min(likely, low), max(likely, high)
        return Prediction(*(math.exp(min(cost, HIGHEST)) for cost in (likely, *bounds)))


def _bounds(line: Line, place: float, largest: float) -> tuple[float, float]:
    """Return the bounds of a new point; beyond the largest load they are at least those there, for as many units."""
    fitted, half = line.new_point(place)
    if place <= largest:
        return fitted - half, fitted + half
    last, spread = line.new_point(largest)
    beyond = place - largest
    return max(fitted - half, last - spread + beyond), max(fitted + half, last + spread + beyond)


@dataclass(frozen=True)
class TimeCurve:
    """A cost from repeated measurements: the likely fit, and those with the least and the most fixed cost."""

    likely: PowerFit
    others: tuple[PowerFit, ...] = ()

    @property
    def growth(self) -> Growth | None:
        """The measured exponent, None if there was only one load."""
        lines = [fit.line for fit in (self.likely, *self.others) if fit.line is not None]
        if not lines:
            return None
        return Growth(lines[0].slope, min(line.interval[0] for line in lines), max(line.interval[1] for line in lines))

    def at(self, load: float) -> Prediction:
        """Return the cost of a load; its interval is that of one more measurement, with that of the exponent."""
        return Prediction(*(self.likely.fixed + cost for cost in self.variable(load)))

    def variable(self, load: float) -> Prediction:
        """Return the cost of a load without its fixed part."""
        each = [fit.variable(load) for fit in (self.likely, *self.others)]
        return Prediction(each[0].value, min(one.low for one in each), max(one.high for one in each))


@dataclass(frozen=True)
class CountCurve:
    """A count that goes on from its last step: the same for each further unit, or growing where it clearly grows.

    `points` are those that were counted. The interval has the last two costs of one more unit.
    """

    points: tuple[Point, ...]
    growth: Growth | None

    def at(self, load: float) -> Prediction:
        """Return the count at a load: between two points that of the line through them."""
        (first, count), last = self.points[0], self.points[-1]
        if load <= last[0]:
            inside = next((pair for pair in pairwise(self.points) if load <= pair[1][0]), (self.points[0], last))
            between = count if load <= first else _on_line(load, *inside)
            return Prediction(between, between, between)
        steps = [_step(*pair) for pair in pairwise(self.points)][-2:]
        each = [self._from_last(load, step) for step in steps]
        return Prediction(each[-1], min(each), max(each))

    def _from_last(self, load: float, step: float) -> float:
        (before, _), (largest, count) = self.points[-2:]
        middle = (before + largest) / 2
        power = self.growth.exponent if self.growth is not None and self.growth.low > 1 else 1.0
        rise = (load / middle) ** power - (largest / middle) ** power
        return float(
            max(0.0, count + step * middle / power * rise)
        )  # the integral of step * (load / middle) ** (power - 1)


def fit_times(samples: Iterable[Point]) -> TimeCurve:
    """Fit measured seconds of loads; those of load 1 show the fixed cost, unless there is no other load.

    Raises:
        InvalidInputError: there are fewer than three measurements, or a load below 1.
    """
    points = sorted(samples)
    if len(points) < 3 or points[0][0] < 1:
        raise InvalidInputError(f"a curve of times needs three or more measurements of loads from 1, not {points}")
    likely, error = _fixed_cost(points)
    fixed = (likely, max(0.0, likely - error), likely + error) if error else (likely,)
    fits = [_power_fit(points, each) for each in fixed]
    return TimeCurve(fits[0], tuple(fits[1:]))


def _power_fit(points: Sequence[Point], fixed: float) -> PowerFit:
    kept = [point for point in points if point[0] > points[0][0]]
    if points[0][0] > 1 or len(kept) < 3:
        kept = list(points)
    loads = [math.log(load) for load, _ in kept]
    costs = [math.log(max(cost - fixed, NO_TIME)) for _, cost in kept]
    weights = [(max(cost - fixed, NO_TIME) / cost) ** 2 for _, cost in kept]  # the fixed cost has noise, too
    line = fit_line(loads, costs, weights) if loads[0] < loads[-1] else None
    of_largest = (cost for load, cost in zip(loads, costs, strict=True) if load == loads[-1])
    return PowerFit(fixed, line, (loads[-1], tuple(of_largest)))


def _fixed_cost(points: Sequence[Point]) -> tuple[float, float]:
    """Return the cost that the two smallest loads have in common, and how far measurements lie from it."""
    by_load = medians_by_load(points)
    if len(by_load) == 1:
        return 0.0, 0.0
    small, larger = sorted(by_load)[:2]
    each = max(0.0, (by_load[larger] - by_load[small]) / (larger - small))
    taken = [cost for load, cost in points if load == small]
    error = max(abs(cost - by_load[small]) for cost in taken) if len(taken) > 1 else by_load[small] / 2
    return max(0.0, by_load[small] - each * small), error


def fit_counts(points: Sequence[Point]) -> CountCurve:
    """Fit counts of rising loads.

    Raises:
        InvalidInputError: there are fewer than two loads, or they do not rise.
    """
    loads = [load for load, _ in points]
    if len(points) < 2 or any(later <= earlier for earlier, later in pairwise(loads)):
        raise InvalidInputError(f"a curve of counts needs two or more rising loads, not {loads}")
    steps = [_step(*pair) for pair in pairwise(points)]
    measured = None
    if len(points) >= 4 and min(steps) > 0:
        measured = growth_at_the_end(loads, [count for _, count in points])
    return CountCurve(tuple(points), measured)


def _step(few: Point, many: Point) -> float:
    """Return the count of one more unit between two loads."""
    return max(0.0, (many[1] - few[1]) / (many[0] - few[0]))


def _on_line(load: float, few: Point, many: Point) -> float:
    return few[1] + (load - few[0]) * (many[1] - few[1]) / (many[0] - few[0])


def ratio_of_costs(costs: Sequence[float], of: Sequence[float]) -> Prediction:
    """Return the ratio of costs to others that were measured in turn with them, as geometric mean of the pairs.

    Raises:
        InvalidInputError: there is no pair, or a cost that is not above 0.
    """
    if not costs or len(costs) != len(of) or min(*costs, *of) <= 0:
        raise InvalidInputError(f"a ratio needs pairs of costs above 0, not {list(costs)} and {list(of)}")
    steps = [math.log(cost / other) for cost, other in zip(costs, of, strict=True)]
    middle = math.fsum(steps) / len(steps)
    half = t_975(len(steps) - 1) * stdev(steps) / math.sqrt(len(steps)) if len(steps) > 1 else math.log(2)
    return Prediction(math.exp(middle), math.exp(middle - half), math.exp(middle + half))


def load_at(curve: Curve, cost: float) -> Prediction | None:
    """Return the load at which a rising cost reaches a value, None if none does; `high` is inf where it may not."""
    likely = _reaches(lambda load: curve.at(load).value, cost)
    if math.isinf(likely):
        return None
    return Prediction(
        likely, _reaches(lambda load: curve.at(load).high, cost), _reaches(lambda load: curve.at(load).low, cost)
    )


def _reaches(cost_of: Callable[[float], float], cost: float) -> float:
    """Return the load at which a rising cost reaches a value, by bisection of its logarithm."""
    if cost_of(FARTHEST) < cost:
        return math.inf
    low, high = 0.0, math.log(FARTHEST)
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if cost_of(math.exp(middle)) < cost else (low, middle)
    return math.exp(high)


def medians_by_load(points: Iterable[Point]) -> Mapping[float, float]:
    """Return the median cost of each load."""
    by_load: dict[float, list[float]] = {}
    for load, cost in points:
        by_load.setdefault(load, []).append(cost)
    return {load: median(costs) for load, costs in by_load.items()}
