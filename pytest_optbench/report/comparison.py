"""What comparing says, as plain frozen data: breaks known, new and fixed, limits that moved, and what the gate says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from .decode import decode
from .outcome import Better, Kind
from .statistics import StatisticalVerdict

Lost = tuple[str, str, str]  # breaking point, intensity, limit


@dataclass(frozen=True)
class BreakKey:
    """A broken promise of a case of a breaking point, and what it is about: what a baseline knows it by.

    The sentence, `promise`, is for people: breaks with the same id are the same, whatever it says.
    """

    point: str
    case: str
    intensity: str
    id: str
    promise: str = field(compare=False)
    about: str = ""

    def __str__(self) -> str:
        about = f" ({self.about})" if self.about else ""
        return f"{self.point} [{self.intensity}] {self.case}: {self.id}: {self.promise}{about}"


@dataclass(frozen=True)
class Grown:
    """A known break that has more witnesses than chance explains: how many before, at most, and how many now."""

    broken: BreakKey
    before: int
    now: int

    def __str__(self) -> str:
        return f"{self.broken}: grew from {self.before:,} to {self.now:,}"


@dataclass(frozen=True)
class Change:
    """One limit, before and now, with the factor `worse` by which it got worse: below 1 it improved.

    `low` and `high` bound the factor with 95 % confidence, None where samples are too few; `p` is the chance of such
    samples without a change, `noise` the factor between equal runs (A/A), `samples` how many there were then and now.
    `open` is one whose search was cut, by the load's ceiling or by its budget, so that no change can be told.
    """

    point: str
    intensity: str
    limit: str
    unit: str
    better: Better
    kind: Kind
    before: float
    now: float
    worse: float
    low: float | None = None
    high: float | None = None
    p: float = 1.0
    noise: float = 1.0
    samples: tuple[int, int] = (1, 1)
    open: bool = False

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build a change from decoded JSON."""
        return decode(cls, fields)


@dataclass(frozen=True)
class Comparison:
    """This session against a baseline.

    `taken` says of what, where and when the baseline was taken, `unlike` in what that differs from this session so that
    figures are hard to compare. `flaky` breaks come and go among the sessions of the baseline, and are gone now.
    `owed` counts the parts that the baseline decided, of the intensities that ran now: `undecided` are those that this
    session did not decide, `absent` counts those of them that did not run. `unasked` counts the parts of the
    intensities that did not run at all. `lost` limits are those that a decided part has no more. `overlap` counts the
    parts that ran in both.
    """

    name: str
    taken: str = ""
    unlike: tuple[str, ...] = ()
    known: tuple[BreakKey, ...] = ()
    new: tuple[BreakKey, ...] = ()
    grown: tuple[Grown, ...] = ()
    fixed: tuple[BreakKey, ...] = ()
    flaky: tuple[str, ...] = ()
    owed: int = 0
    undecided: tuple[str, ...] = ()
    absent: int = 0
    unasked: Mapping[str, int] = field(default_factory=dict)
    lost: tuple[Lost, ...] = ()
    overlap: int = 0
    changes: tuple[Change, ...] = ()

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build a comparison from decoded JSON."""
        return decode(cls, fields)


@dataclass(frozen=True)
class Versus:
    """This session's target against another interpreter's, measured by turns in `rounds` rounds.

    `unmeasured` are the parts that one side does not offer: they have no ratio, and are no failure.
    """

    python: str
    target: str
    rounds: int
    changes: tuple[Change, ...] = ()
    problems: tuple[str, ...] = ()
    unmeasured: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build the result of an A/B session from decoded JSON."""
        return decode(cls, fields)


@dataclass(frozen=True)
class RuleResult:
    """A rule of the gate and what became of it; `message` names the figures, or what would settle it."""

    rule: str
    verdict: StatisticalVerdict
    message: str


@dataclass(frozen=True)
class Gate:
    """What the gate says: `failures` are messages of its own, beside those of its rules.

    `unjudged` names limits that a rule covers with others and that no rule about change can judge.
    """

    rules: tuple[RuleResult, ...] = ()
    failures: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def verdict(self) -> StatisticalVerdict:
        """What the gate says as a whole: a failure fails it, and it passes only where every rule was decided."""
        verdicts = {rule.verdict for rule in self.rules}
        if self.failures or "fail" in verdicts:
            return "fail"
        return "inconclusive" if "inconclusive" in verdicts else "pass"

    @property
    def passed(self) -> bool:
        """Whether nothing failed: a rule that could not be decided does not fail a session, and the gate says so."""
        return self.verdict != "fail"

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build the gate from decoded JSON."""
        return decode(cls, fields)
