"""Comparison of random streams: equal for equal seeds, different otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import Violation

EQUAL = promise("operation-inputs.equal-streams")
INDEPENDENT = promise("operation-inputs.independent-streams")


class Stream(NamedTuple):
    """The identity of a random stream: base seed, replicate, name, and the way of drawing from it."""

    base: int
    replicate: int
    name: str
    way: str

    def __str__(self) -> str:
        return f"{self.way}({self.name!r}) of replicate {self.replicate} of base seed {self.base}"


Draws = tuple[Stream, tuple[int, ...]]


def compare_streams(drawn: Iterable[Draws]) -> Iterator[Violation]:
    """Yield a violation for unequal draws of one stream, and for an equal draw in two streams.

    A draw has 62 bits or so, so that none is equal by chance among the millions that a session compares.
    """
    first: dict[Stream, tuple[int, ...]] = {}
    seen: dict[tuple[str, int], Stream] = {}
    for stream, draws in drawn:
        before = first.setdefault(stream, draws)
        if before is not draws:
            if before != draws:
                message = f"{stream} gave {before[0]}, and then {draws[0]}."
                yield Violation(EQUAL, message, where=str(stream), expected=str(before), found=str(draws))
            continue
        for draw in draws:
            other = seen.setdefault((stream.way, draw), stream)
            if other != stream:
                message = f"{stream} and {other} both gave {draw}."
                yield Violation(INDEPENDENT, message, where=str(stream), expected="another number", found=str(draw))
