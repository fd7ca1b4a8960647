"""The runs that a sweep has seen: their ids in the order of the plan, in about 30 bytes a run.

A set of strings would take 200 bytes for each; over millions of runs that is the memory of the process.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Final

WIDTH: Final = 16  # bytes of a run id
_FREE: Final = 0
_FIRST_SLOTS: Final = 1 << 10  # a power of two


class SeenRuns:
    """Run ids in the order in which they were added; iteration yields each once.

    The ids lie one after the other, 16 bytes each time one is noted and once when it is added; a hash table with open
    addressing says where those lie that were added. Run ids are hashes already, so their first bytes are as good a
    place as any.
    """

    def __init__(self) -> None:
        self._ids = bytearray()
        self._added = 0
        self._slots = array("I", [_FREE]) * _FIRST_SLOTS  # 1 + the position of an id; 4 bytes: up to 4 * 10^9 runs
        self._room = _FIRST_SLOTS // 2

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self._ids.hex(" ", WIDTH).split()))

    def note(self, run_ids: Iterable[str]) -> None:
        """Put down run ids that are never added; whether they are here already is not looked at: that takes longer."""
        self._ids += bytes.fromhex("".join(run_ids))

    def add(self, run_id: str) -> bool:
        """Add a run id; False if it was added before."""
        packed = bytes.fromhex(run_id)
        slots, last = self._slots, len(self._slots) - 1
        slot = int(run_id[:12], 16) & last
        while place := slots[slot]:
            if self._ids.startswith(packed, (place - 1) * WIDTH):
                return False
            slot = (slot + 1) & last
        self._ids += packed
        self._added += 1
        slots[slot] = len(self._ids) // WIDTH
        if self._added > self._room:
            self._grow()
        return True

    def _grow(self) -> None:
        """Move to a table four times as large, so that it is an eighth to a half full."""
        slots = array("I", [_FREE]) * (4 * len(self._slots))
        last = len(slots) - 1
        for place in filter(None, self._slots):
            start = (place - 1) * WIDTH
            slot = int.from_bytes(self._ids[start : start + 6], "big") & last
            while slots[slot]:
                slot = (slot + 1) & last
            slots[slot] = place
        self._slots, self._room = slots, len(slots) // 2
