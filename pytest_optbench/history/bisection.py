"""Find the first of many commits at which a verdict differs from that of the first one, in few sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """The places between which a verdict changed: `last` has the first verdict still, `first` has the other one.

    Where `first` does not follow `last` immediately, all between them are undecided.
    """

    last: int
    first: int

    @property
    def is_exact(self) -> bool:
        """Whether the change is at one place."""
        return self.first == self.last + 1


def first_change(count: int, *, at_start: bool, holds: Callable[[int], bool | None]) -> Found:
    """Return where a verdict changes between place 0, where it is `at_start`, and place `count - 1`, where it differs.

    `holds` gives the verdict at a place between them, None where there is none; it is called at most once for a place,
    and not for the ends. Without undecided places that takes log2(count) calls, rounded up.
    """
    last, first = 0, count - 1  # the verdict at `last` is that at the start, the verdict at `first` is the other one
    undecided: set[int] = set()
    while True:
        open_places = [place for place in range(last + 1, first) if place not in undecided]
        if not open_places:
            return Found(last, first)
        middle = min(open_places, key=lambda place: abs(2 * place - last - first))
        verdict = holds(middle)
        if verdict is None:
            undecided.add(middle)
        elif verdict is at_start:
            last = middle
        else:
            first = middle
