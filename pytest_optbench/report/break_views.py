"""The broken promises of a session as a reader sees them: the smallest witness, what it means, whether it is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from pytest_optbench.promises import promise_of

from .breaks import break_key
from .comparison import BreakKey, Comparison
from .document import SessionReport
from .outcome import BrokenPromise, ItemOutcome
from .rows import part_of

State = Literal["", "new", "grew", "known"]
STATES: tuple[State, ...] = ("new", "grew", "", "known")


@dataclass(frozen=True)
class BreakView:
    """A broken promise of a part, over all its shards; `state` is empty where there is no baseline.

    `also` has the breaks of the same promise in other parts of the breaking point, where this one stands for all.
    """

    key: BreakKey
    broken: BrokenPromise
    repeat: str
    state: State
    anchor: str = ""
    also: tuple[BreakView, ...] = ()

    @property
    def meaning(self) -> str:
        """What the break means for a user of the runner; empty for a promise of somebody's own."""
        return promise_of(self.key.id, self.key.point).meaning

    @property
    def is_changed(self) -> bool:
        """Whether the baseline does not know it as it is now."""
        return self.state in ("new", "grew")


def break_views(report: SessionReport) -> tuple[BreakView, ...]:
    """Return the broken promises of each breaking point: new ones first, then one of each point before its second."""
    groups: dict[tuple[str, ...], list[BreakView]] = {}
    for view in _by_part(report.outcomes, report.comparison):
        groups.setdefault((view.key.point, view.key.intensity, view.key.id, view.key.about), []).append(view)
    views = [_together(group) for group in groups.values()]
    seen: dict[str, int] = {}
    ranks = []
    for view in views:
        seen[view.key.point] = seen.get(view.key.point, 0) + 1
        ranks.append((STATES.index(view.state), seen[view.key.point]))
    order = sorted(range(len(views)), key=ranks.__getitem__)
    return tuple(replace(views[index], anchor=f"break-{place}") for place, index in enumerate(order, start=1))


def _together(group: list[BreakView]) -> BreakView:
    """Return the break that is new, or the first, with the others of its promise."""
    first = min(group, key=lambda view: STATES.index(view.state))
    return replace(first, also=tuple(view for view in group if view is not first))


def _by_part(outcomes: Iterable[ItemOutcome], comparison: Comparison | None) -> Iterable[BreakView]:
    views: dict[tuple[BreakKey, str], BreakView] = {}
    for outcome in outcomes:
        for broken in outcome.broken:
            key = break_key(outcome, broken)
            place = key, part_of(outcome)
            known = views.get(place)
            if known is None:
                views[place] = BreakView(key, broken, outcome.replay, _state(key, comparison))
            else:
                others = known.broken.others + 1 + broken.others
                views[place] = replace(known, broken=replace(known.broken, others=others))
    return views.values()


def _state(key: BreakKey, comparison: Comparison | None) -> State:
    if comparison is None:
        return ""
    if key in comparison.new:
        return "new"
    return "grew" if any(grown.broken == key for grown in comparison.grown) else "known"
