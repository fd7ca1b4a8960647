"""Two sessions that take turns: only the one that holds the token runs, and it hands over between blocks.

The token is a byte that is passed through two pipes. A session that ends in any way closes its pipe, and the other one
continues alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

VARIABLE = "OPTBENCH_BATON"
TURNS = 10  # times the blocks of a usual session: a block is short compared with the start of a session


class TurnToken:
    """One end of the token: `take` waits for it, `hand_over` passes it on and waits until it returns."""

    def __init__(self, incoming: int | None = None, outgoing: int | None = None) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._shared = incoming is not None

    @classmethod
    def of_environment(cls) -> Self:
        """Return the end that was passed to this process, or one that never waits."""
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
        """The factor by which a measurement takes more blocks than usual."""
        return TURNS if self._shared else 1

    def take(self) -> None:
        """Wait for the token; when the other session has ended, this one keeps it."""
        if self._incoming is not None and not os.read(self._incoming, 1):
            self.close()

    def hand_over(self) -> None:
        """Let the other session run until it hands over too."""
        if self._incoming is None or self._outgoing is None:
            return
        try:
            os.write(self._outgoing, b".")
        except BrokenPipeError:
            self.close()
            return
        self.take()

    def close(self) -> None:
        """Close this end, so that the other session continues alone."""
        for end in (self._incoming, self._outgoing):
            if end is not None:
                os.close(end)
        self._incoming = self._outgoing = None


@contextmanager
def two_ends() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Provide the pipes of two sessions, (incoming, outgoing) of each; the first one has the token at the start."""
    first_in, second_out = os.pipe()
    second_in, first_out = os.pipe()
    os.write(second_out, b".")
    try:
        yield (first_in, first_out), (second_in, second_out)
    finally:
        for end in (first_in, first_out, second_in, second_out):
            os.close(end)
