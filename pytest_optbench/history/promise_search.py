"""Find the first commit that broke a promise, or kept it again, by sessions of the parts that break it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pytest_optbench.errors import OptbenchError
from pytest_optbench.promises import AUDIT, Promise
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.outcome import BrokenPromise, ItemOutcome
from pytest_optbench.report.parts import Part, is_examined, part_key, parts

from .bisection import first_change
from .repository import Commit
from .sessions import Sessions, Skipped


@dataclass(frozen=True)
class Answer:
    """The last commit with the old verdict, and the commits of which one changed it: one, where nothing was skipped.

    `broke` is False where the promise was broken before and holds since. `witness` and `repeat` are those of
    `breaking`, the commit next to the change that breaks it.
    """

    promise: Promise
    broke: bool
    last: Commit
    suspects: tuple[Commit, ...]
    breaking: Commit
    witness: BrokenPromise
    repeat: str


class PromiseSearch:
    """The verdicts on one promise at the commits asked for, from kept sessions where these decide it."""

    def __init__(
        self, promise: Promise, sessions: Sessions, arguments: Sequence[str], write: Callable[[str], None]
    ) -> None:
        self.promise = promise
        self.sessions = sessions
        self.arguments = tuple(arguments)
        self.write = write
        self.parts: dict[Part, ItemOutcome] = {}
        self.outcomes: dict[str, list[ItemOutcome]] = {}

    def search(self, commits: Sequence[Commit]) -> Answer:
        """Return the first of these commits, the oldest first, whose verdict differs from that of the oldest.

        Raises:
            OptbenchError: the two ends have the same verdict, or one of them has none.
        """
        oldest, newest = commits[0], commits[-1]
        for end in (newest, oldest):  # the parts that break it at one end are all that run from then on
            self._examine(end)
            if not self.parts:
                self.parts = {part_key(outcome): outcome for outcome, _ in self._breaks(end)}
        at_start, at_end = self._holds(oldest), self._holds(newest)
        if at_start is None or at_end is None or at_start is at_end:
            states = f"it {_state(at_start)} at {oldest} and {_state(at_end)} at {newest}"
            raise OptbenchError(f"{self.promise.id}: {states}: name a range between whose ends the verdict changes")
        found = first_change(len(commits), at_start=at_start, holds=lambda place: self._examine(commits[place]))
        suspects = tuple(commits[found.last + 1 : found.first + 1])
        breaking = commits[found.first if at_start else found.last]
        outcome, witness = next(self._breaks(breaking))
        return Answer(self.promise, at_start, commits[found.last], suspects, breaking, witness, outcome.replay)

    def _examine(self, commit: Commit) -> bool | None:
        """Return whether the promise holds at a commit, None where nothing decides it there."""
        before = self.sessions.count
        reports = self._kept(commit) or self.sessions.of(commit, self._narrowest())
        if isinstance(reports, Skipped):
            self.write(f"{commit}: skipped: {reports.reason}")
            return None
        self.outcomes[commit.id] = [outcome for report in reports for outcome in report.outcomes]
        holds = self._holds(commit)
        seconds = sum(report.seconds for report in reports)
        self.write(f"{commit}: {_state(holds)} ({f'{seconds:.0f} s' if self.sessions.count > before else 'kept'})")
        return holds

    def _kept(self, commit: Commit) -> tuple[SessionReport, ...]:
        """Return kept sessions that have the parts in question: those of these parts alone, or wider ones."""
        wider = (self._narrowest(), (*self.arguments, *self._point()), self.arguments)
        reports = (self.sessions.kept(commit, arguments) for arguments in dict.fromkeys(wider))
        return next(filter(None, reports), ())

    def _point(self) -> tuple[str, ...]:
        return () if self.promise.point == AUDIT else ("--optbench-only", self.promise.point)

    def _narrowest(self) -> tuple[str, ...]:
        """Return the arguments of a session of the parts in question, or of their point while these are unknown."""
        if not self.parts:
            return (*self.arguments, *self._point())
        points = ",".join(sorted({point for point, _, _ in self.parts}))
        names = sorted({outcome.nodeid.rpartition("::")[2] for outcome in self.parts.values()})
        return (*self.arguments, "--optbench-only", points, "-k", " or ".join(names))

    def _holds(self, commit: Commit) -> bool | None:
        """Return whether the parts in question keep the promise; while these are unknown, all parts that apply."""
        if any(self._breaks(commit)):
            return False
        found = parts(self.outcomes.get(commit.id, []))
        applicable = {part for part, ended in found.items() if any(one.verdict != "not applicable" for one in ended)}
        asked = self.parts.keys() or applicable
        return True if asked and all(is_examined(found.get(part, ())) for part in asked) else None

    def _breaks(self, commit: Commit) -> Iterator[tuple[ItemOutcome, BrokenPromise]]:
        for outcome in self.outcomes.get(commit.id, []):
            for broken in outcome.broken:
                if broken.id == self.promise.id:
                    yield outcome, broken


def _state(holds: bool | None) -> str:
    return {True: "holds", False: "breaks", None: "is not decided"}[holds]
