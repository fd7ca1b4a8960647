"""The breaks of a session, and those that a baseline of one or several sessions knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_optbench.errors import TargetFailedError, TargetHungError, TargetRaisedError

from .comparison import BreakKey
from .outcome import DECIDED, BrokenPromise, ItemOutcome

GROWTH = 1.5  # factor by which the witnesses of a single session may grow: nothing shows how far their number spreads

# Breaks after which a part examines nothing else: it says nothing about its other promises.
CUT_SHORT = frozenset(
    {TargetFailedError.promise, TargetRaisedError.promise, TargetHungError.promise, "audit.something-to-judge"}
)


@dataclass(frozen=True)
class KnownBreak:
    """A break in a baseline: its witnesses in each session that decided its part, 0 where it did not appear."""

    counts: tuple[int, ...]

    @property
    def most(self) -> int:
        """The largest number of witnesses in one session."""
        return max(self.counts)

    @property
    def expected_at_most(self) -> float:
        """The largest number of witnesses that is not a growth.

        Several sessions show how much the number varies; the number of a single session may grow by half, and by one.
        """
        if len(self.counts) == 1:
            return max(GROWTH * self.most, self.most + 1.0)
        return float(2 * self.most - min(self.counts))

    @property
    def seen(self) -> int:
        """The number of sessions in which it appeared."""
        return sum(count > 0 for count in self.counts)

    @property
    def is_flaky(self) -> bool:
        """Whether it comes and goes."""
        return self.seen < len(self.counts)


def is_cut_short(outcome: ItemOutcome) -> bool:
    """Return whether the target failed before the item had examined its promises."""
    return any(broken.id in CUT_SHORT for broken in outcome.broken)


def count_breaks(outcomes: Iterable[ItemOutcome]) -> dict[BreakKey, int]:
    """Count the witnesses of every broken promise over all shards, in order of appearance."""
    counts: dict[BreakKey, int] = {}
    for outcome in outcomes:
        for broken in outcome.broken:
            key = break_key(outcome, broken)
            counts[key] = counts.get(key, 0) + 1 + broken.others
    return counts


def break_key(outcome: ItemOutcome, broken: BrokenPromise) -> BreakKey:
    """Return the key by which a baseline recognises a broken promise of an outcome."""
    return BreakKey(outcome.point, outcome.case, outcome.intensity, broken.id, broken.promise, broken.about)


def known_breaks(outcomes: Sequence[ItemOutcome]) -> dict[BreakKey, KnownBreak]:
    """Return each break with its witnesses in the sessions of a report: one, or those that it was merged from."""
    sessions = [(count_breaks(session), _decided(session)) for session in split_sessions(outcomes)]
    keys = dict.fromkeys(key for counts, _ in sessions for key in counts)
    return {key: KnownBreak(tuple(_counts(key, sessions))) for key in keys}


def split_sessions(outcomes: Iterable[ItemOutcome]) -> list[list[ItemOutcome]]:
    """Split the outcomes of a merged report: the first outcome of each item, the second of each, and so on."""
    sessions: list[list[ItemOutcome]] = []
    times: dict[tuple[object, ...], int] = {}
    for outcome in outcomes:
        item = (outcome.point, outcome.case, outcome.intensity, outcome.shard, outcome.shards)
        number = times[item] = times.get(item, -1) + 1
        if number == len(sessions):
            sessions.append([])
        sessions[number].append(outcome)
    return sessions


def _counts(key: BreakKey, sessions: Iterable[tuple[dict[BreakKey, int], set[tuple[str, str, str]]]]) -> Iterable[int]:
    for counts, decided in sessions:
        if key in counts or (key.point, key.case, key.intensity) in decided:
            yield counts.get(key, 0)


def _decided(outcomes: Iterable[ItemOutcome]) -> set[tuple[str, str, str]]:
    return {(outcome.point, outcome.case, outcome.intensity) for outcome in outcomes if outcome.verdict in DECIDED}
