"""Live progress of a sweep, counted cheaply from the growing files of the witness."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from .log import witness_files

# Every line of the witness begins with one of these, so counting runs needs no parsing.
START = b'{"event":"start",'
RETURNED = b'{"event":"finish","outcome":"returned",'
RAISED = b'{"event":"finish","outcome":"raised",'
PLAN = b'{"event":"plan",'


@dataclass(frozen=True)
class WitnessCounts:
    """The progress of sweeps: `planned` and `stored` come from their plans, the others count executions so far.

    `stored` are planned runs that were successes before; `finished` counts executions that finished, `raised` those
    of them that raised.
    """

    planned: int = 0
    stored: int = 0
    started: int = 0
    finished: int = 0
    raised: int = 0

    def __add__(self, other: WitnessCounts) -> WitnessCounts:
        return WitnessCounts(*(mine + more for mine, more in zip(astuple(self), astuple(other), strict=True)))


class WitnessFollower:
    """Counts the lines that were appended to a witness file, or to all files of a folder, since the last poll.

    With `session` only its lines count: a store that is kept has the witness of earlier sessions too.
    """

    def __init__(self, path: str | Path, session: str | None = None) -> None:
        self.path = path
        self._counts: dict[Path, WitnessCounts] = {}
        self._mark = b"" if session is None else f'"session":{json.dumps(session)},'.encode()
        self._offsets: dict[Path, int] = {}

    def counts(self) -> tuple[int, int]:
        """Return the number of planned runs, and of those done: stored before, or finished since."""
        total = self.poll()
        return total.planned, total.stored + total.finished

    def poll(self) -> WitnessCounts:
        """Return the totals so far; reads new lines only."""
        for file in witness_files(self.path):
            self._counts[file] = self._counts.get(file, WitnessCounts()) + self._new(file)
        return self.total

    @property
    def total(self) -> WitnessCounts:
        """The totals at the last poll."""
        return sum(self._counts.values(), WitnessCounts())

    def groups(self) -> Mapping[str, Sequence[WitnessCounts]]:
        """Return the counts so far of each file, by the name of its folder; each shard has a file of its own."""
        groups: dict[str, list[WitnessCounts]] = {}
        for file, count in self._counts.items():
            groups.setdefault(file.parent.name, []).append(count)
        return groups

    def _new(self, file: Path) -> WitnessCounts:
        offset = self._offsets.get(file, 0)
        try:
            with file.open("rb") as stream:
                stream.seek(offset)
                fresh = stream.read()
        except FileNotFoundError:
            return WitnessCounts()
        whole = fresh[: fresh.rfind(b"\n") + 1]  # an unfinished line is counted at the next poll
        self._offsets[file] = offset + len(whole)
        return _count(line for line in whole.split(b"\n") if self._mark in line)


def _count(lines: Iterable[bytes]) -> WitnessCounts:
    planned = stored = started = returned = raised = 0
    for line in lines:
        started += line.startswith(START)
        returned += line.startswith(RETURNED)
        raised += line.startswith(RAISED)
        if line.startswith(PLAN) and line.endswith(b"}"):
            plan = json.loads(line)
            planned += plan["runs"]
            stored += plan["stored"]
    return WitnessCounts(planned, stored, started, returned + raised, raised)
