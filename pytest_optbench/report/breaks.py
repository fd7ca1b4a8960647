"""Breaks of a session, and what a baseline of one or several sessions knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .comparison import BreakKey
from .outcome import DECIDED, BrokenPromise, ItemOutcome

GROWTH = 1.5  # how many times the witnesses of one session are no news, where nothing shows how far they spread


@dataclass(frozen=True)
class Known:
    """A break in a baseline: its witnesses in each session that decided its part, 0 where it did not show."""

    counts: tuple[int, ...]

    @property
    def most(self) -> int:
        """The most witnesses that a session had."""
        return max(self.counts)

    @property
    def expected(self) -> float:
        """The most witnesses that are no news.

        Several sessions show by how much the number differs from one to the next; the number of a single one may grow
        by half, and by one.
        """
        if len(self.counts) == 1:
            return max(GROWTH * self.most, self.most + 1.0)
        return float(2 * self.most - min(self.counts))

    @property
    def seen(self) -> int:
        """In how many sessions it showed."""
        return sum(count > 0 for count in self.counts)

    @property
    def is_flaky(self) -> bool:
        """Whether it comes and goes."""
        return self.seen < len(self.counts)


def count_breaks(outcomes: Iterable[ItemOutcome]) -> dict[BreakKey, int]:
    """Every broken promise in order of appearance, with the number of its witnesses over all shards."""
    counts: dict[BreakKey, int] = {}
    for outcome in outcomes:
        for one in outcome.broken:
            broken = break_of(outcome, one)
            counts[broken] = counts.get(broken, 0) + 1 + one.others
    return counts


def break_of(outcome: ItemOutcome, broken: BrokenPromise) -> BreakKey:
    """What a baseline knows a broken promise of an outcome by."""
    return BreakKey(outcome.point, outcome.case, outcome.intensity, broken.id, broken.promise, broken.about)


def known_breaks(outcomes: Sequence[ItemOutcome]) -> dict[BreakKey, Known]:
    """What the sessions that a report holds (one, or those it was merged from) know of each break."""
    taken = [(count_breaks(repeat), _decided(repeat)) for repeat in repeats(outcomes)]
    every = dict.fromkeys(broken for counts, _ in taken for broken in counts)
    return {broken: Known(tuple(_counts(broken, taken))) for broken in every}


def repeats(outcomes: Iterable[ItemOutcome]) -> list[list[ItemOutcome]]:
    """Outcomes apart by how often their item was there before: the first time of each, the second, and so on."""
    found: list[list[ItemOutcome]] = []
    times: dict[tuple[object, ...], int] = {}
    for outcome in outcomes:
        item = (outcome.point, outcome.case, outcome.intensity, outcome.shard, outcome.shards)
        number = times[item] = times.get(item, -1) + 1
        if number == len(found):
            found.append([])
        found[number].append(outcome)
    return found


def _counts(broken: BreakKey, taken: Iterable[tuple[dict[BreakKey, int], set[tuple[str, str, str]]]]) -> Iterable[int]:
    for counts, decided in taken:
        if broken in counts or (broken.point, broken.case, broken.intensity) in decided:
            yield counts.get(broken, 0)


def _decided(outcomes: Iterable[ItemOutcome]) -> set[tuple[str, str, str]]:
    return {(one.point, one.case, one.intensity) for one in outcomes if one.verdict in DECIDED}
