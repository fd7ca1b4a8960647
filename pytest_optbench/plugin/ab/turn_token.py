"""Two sessions that take turns: only the one that holds the token runs, and it hands over between blocks.

The token is a byte that goes to and fro through two pipes. A session that ends, however it ends, closes its pipe,
and the other one runs on alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

VARIABLE = "OPTBENCH_BATON"
TURNS = 10  # times the blocks of a usual session: a turn is short, and the start of a session is not


class TurnToken:
    """One end: `take` waits for the turn_token, `swap` gives it away and waits for it to come back."""

    def __init__(self, incoming: int | None = None, outgoing: int | None = None) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._shared = incoming is not None

    @classmethod
    def of_environment(cls) -> Self:
        """The end that was handed to this process, or one that never waits."""
        given = os.environ.pop(VARIABLE, "")
        if not given:
            return cls()
        incoming, outgoing = map(int, given.split())
        os.set_inheritable(incoming, False)
        os.set_inheritable(outgoing, False)
        return cls(incoming, outgoing)

    @property
    def is_shared(self) -> bool:
        """Whether there is another session to take turns with."""
        return self._shared

    @property
    def factor(self) -> int:
        """How many times the usual number of blocks a measurement takes."""
        return TURNS if self._shared else 1

    def take(self) -> None:
        """Wait for the turn_token; the end of the other session gives it for good."""
        if self._incoming is not None and not os.read(self._incoming, 1):
            self.close()

    def hand_over(self) -> None:
        """Let the other session run until it swaps too."""
        if self._incoming is None or self._outgoing is None:
            return
        try:
            os.write(self._outgoing, b".")
        except BrokenPipeError:
            self.close()
            return
        self.take()

    def close(self) -> None:
        """Give the turn_token away for good."""
        for end in (self._incoming, self._outgoing):
            if end is not None:
                os.close(end)
        self._incoming = self._outgoing = None


@contextmanager
def two_ends() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The pipes of two sessions, (incoming, outgoing) of each; the first one has the turn_token to begin with."""
    first_in, second_out = os.pipe()
    second_in, first_out = os.pipe()
    os.write(second_out, b".")
    try:
        yield (first_in, first_out), (second_in, second_out)
    finally:
        for end in (first_in, first_out, second_in, second_out):
            os.close(end)
