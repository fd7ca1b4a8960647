"""The envelope of a target: up to which load each limit holds, where it degrades, where it breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from .comparison import Change
from .limit_meanings import LimitMeaning, meaning_of
from .outcome import Limit
from .rows import Row
from .wording import clear, figure, limit_text

Display = Literal["share", "ladder", "curve", "text"]
NOTABLE = 1.1  # factor from which on a change is worth a reader's time, however sure it is
DEGRADED = 1.25  # factor by which a cost per load grew, or a rate fell, that counts as degraded
LEVEL = 0.02  # share of the largest measurement up to which a curve is level
FEWEST_DRAWN = 3  # loads: two of them are a sentence, not a plot
PARTIAL = re.compile(r"of ([\d,]+)")


@dataclass(frozen=True)
class LimitView:
    """One limit of a row as a reader sees it: what it means, how far it holds, how it changed, how to show its curve.

    `earlier` is the same limit in the baseline.
    """

    row: Row
    limit: Limit
    meaning: LimitMeaning
    change: Change | None = None
    earlier: Limit | None = None

    @property
    def is_broken(self) -> bool:
        """Whether some load did not hold, or something did not survive."""
        return bool(self.limit.failed) or not all(held for _, _, held in self.limit.curve)

    @property
    def is_changed(self) -> bool:
        """Whether the figure changed by more than chance and noise, and enough to matter."""
        return self.change is not None and is_notable(self.change)

    @cached_property
    def loads(self) -> tuple[float, ...]:
        """The loads that were measured, each once, in rising order."""
        return tuple(sorted({load for load, _, _ in self.limit.curve}))

    @property
    def display(self) -> Display:
        """How the curve is shown: a plot only where it says more than a sentence."""
        if self.meaning.shape == "share":
            return "share"
        if self.meaning.shape == "ladder" or all(load == value for load, value, _ in self.limit.curve):
            return "ladder" if self.is_broken and len(self.loads) >= FEWEST_DRAWN else "text"
        return "text" if len(self.loads) < FEWEST_DRAWN or self._is_level else "curve"

    @property
    def _is_level(self) -> bool:
        """Whether every load held, and the measurement is the same at each but for noise."""
        values = [value for _, value, _ in self.limit.curve]
        if self.is_broken:
            return len(set(values)) == 1
        return max(values) - min(values) <= LEVEL * max(map(abs, values))

    @property
    def total(self) -> int:
        """How many were tried, where the limit counts those that survived."""
        partial = PARTIAL.match(self.limit.unit)
        return int(partial[1].replace(",", "")) if partial else int(max(self.loads, default=self.limit.value))

    @property
    def figure(self) -> str:
        """The value with its unit; a share has its whole."""
        is_whole = self.meaning.shape == "share" and not PARTIAL.match(self.limit.unit)
        return f"{figure(self.limit.value)} of {self.total:,} {self.limit.unit}" if is_whole else limit_text(self.limit)

    @property
    def breaks_at(self) -> str:
        """Where it breaks, in words; empty where nothing says so."""
        if self.meaning.shape == "share":
            failures = self.total - round(self.limit.value)
            return f"{failures:,} fail" if failures else "none fails"
        if not self.loads:
            return ""
        zones = zones_of(self.limit)
        if zones.breaks_from is None:
            return "" if self.meaning.shape == "rate" or zones.holds_to is None else f"not up to {self._at(zones.end)}"
        return "at every load tried" if zones.holds_to is None else f"at {self._at(zones.breaks_from)}"

    @property
    def degrades_at(self) -> str:
        """Where it degrades, in words; empty where it does not, or where nothing says so."""
        zones = zones_of(self.limit) if self.loads and self.meaning.shape != "share" else None
        if zones and zones.holds_to is not None and zones.is_mixed:
            return f"comes and goes from {self._at(zones.holds_to)}"
        degraded = degraded_from(self.limit.curve, self.meaning)
        return "" if degraded is None else f"from {self._at(degraded)}"

    @property
    def in_words(self) -> str:
        """What a curve that is not drawn shows; empty where it shows nothing beyond the figure."""
        probes = {load: value for load, value, _ in sorted(self.limit.curve)}
        if self.display != "text" or self.meaning.shape == "ladder" or len(probes) < 2:
            return ""
        if all(load == value for load, value in probes.items()):
            return ""
        (few, first), *_, (many, last) = probes.items()
        if len(probes) >= FEWEST_DRAWN:
            values = sorted({figure(value): value for value in probes.values()}.items(), key=lambda one: one[1])
            level = " to ".join(dict.fromkeys((values[0][0], values[-1][0])))
            return f"{self.meaning.up}: {level} at each of {len(probes)} loads up to {self._at(many)}"
        return f"{self.meaning.up}: {figure(first)} at {figure(few)}, {figure(last)} at {self._at(many)}"

    def _at(self, load: float) -> str:
        return f"{figure(load)} {self.meaning.across}"


@dataclass(frozen=True)
class Zones:
    """The loads of a curve: `holds_to` is the last below which all held, `breaks_from` the first above which none did.

    They are None where no load held, or none broke to the end. Between them, loads held and broke (`is_mixed`), or
    nothing was measured.
    """

    start: float
    end: float
    holds_to: float | None
    breaks_from: float | None
    is_mixed: bool


def zones_of(limit: Limit) -> Zones:
    """Return the zones of a limit that has a curve."""
    held = [load for load, _, good in limit.curve if good]
    broke = [load for load, _, good in limit.curve if not good]
    loads = [load for load, _, _ in limit.curve]
    holds_to = max((load for load in held if not broke or load < min(broke)), default=None)
    breaks_from = min((load for load in broke if not held or load > max(held)), default=None)
    is_mixed = bool(held and broke) and max(held) > min(broke)
    return Zones(min(loads), max(loads), holds_to, breaks_from, is_mixed)


def degraded_from(curve: Sequence[tuple[float, float, bool]], meaning: LimitMeaning) -> float | None:
    """Return the load from which on a cost per load stays above its best, or a rate below it, by a quarter.

    A rate to which each worker should add as much as the first degrades where a worker adds less than half of that.
    """
    probes = sorted({load: value for load, value, _ in curve}.items())
    if meaning.shape not in ("cost", "rate") or len(probes) < 2 or min(min(probe) for probe in probes) <= 0:
        return None
    if meaning.each:
        first = probes[0][1] / probes[0][0]
        worse = [value / load < first / 2 for load, value in probes]
    else:
        costs = [value if meaning.shape == "cost" else 1 / value for _, value in probes]
        worse = [cost >= DEGRADED * min(costs[: place + 1]) for place, cost in enumerate(costs)]
    return next((load for place, (load, _) in enumerate(probes) if all(worse[place:])), None)


def distinct_curves(views: Iterable[LimitView]) -> list[LimitView]:
    """Return the limits without those whose curve an earlier one has, such as two figures from the same probes."""
    first: dict[object, LimitView] = {}
    for view in views:
        first.setdefault(view.limit.curve or view.limit.name, view)
    return list(first.values())


def is_notable(change: Change) -> bool:
    """Return whether a limit changed by more than chance and noise, and by a factor that matters."""
    return clear(change) and max(change.worse, 1 / change.worse) >= NOTABLE


def limit_views(row: Row, changes: Mapping[str, Change], earlier: Iterable[Limit] = ()) -> tuple[LimitView, ...]:
    """Return the limits of a row for a reader, with their changes by name and their earlier figures."""
    then = {(limit.name, limit.unit): limit for limit in earlier}
    return tuple(
        LimitView(row, limit, meaning_of(limit), changes.get(limit.name), then.get((limit.name, limit.unit)))
        for limit in row.limits
    )
