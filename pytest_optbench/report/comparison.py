"""The results of a comparison as plain frozen data: known, new and fixed breaks, changed limits, the gate's verdict."""

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
    """The key by which a baseline recognises a break: a case of a breaking point, the promise, and a subject (`about`).

    The sentence, `promise`, is for people: breaks with the same id are equal even if their sentences differ.
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
    """A known break that has more witnesses than chance explains: the largest number before, and the number now."""

    broken: BreakKey
    before: int
    now: int

    def __str__(self) -> str:
        return f"{self.broken}: grew from {self.before:,} to {self.now:,}"


@dataclass(frozen=True)
class Change:
    """One limit, before and now, with the factor `worse` by which it got worse: below 1 it improved.

    `low` and `high` bound the factor with 95 % confidence, None where samples are too few; `p` is the chance of such
    samples without a change, `noise` the factor between equal runs (A/A), `samples` their numbers before and now.
    `open` means that a search was cut, by the load's ceiling or by its budget, so that no change can be decided.
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

    `taken` describes target, machine and time of the baseline, `unlike` the differences from this session that make
    figures hard to compare. `flaky` breaks appear in some sessions of the baseline only, and did not appear now.
    `owed` counts the parts that the baseline decided, of the intensities that ran now: `undecided` are those that this
    session did not decide, `absent` counts those of them that did not run. `unasked` counts the parts of the
    intensities that did not run at all. `lost` limits are those that a decided part no longer has. `overlap` counts the
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
    """This session's target compared with another interpreter's; both were measured in turn, in `rounds` rounds.

    `unmeasured` are the parts that one side does not offer: they have no ratio, which is not a failure.
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
    """A rule of the gate and its result; `message` names the figures, or what would settle it."""

    rule: str
    verdict: StatisticalVerdict
    message: str


@dataclass(frozen=True)
class Gate:
    """The results of the gate: `failures` are its own messages, in addition to those of its rules.

    `unjudged` names the limits that a rule covers among others and that no rule about change can judge.
    """

    rules: tuple[RuleResult, ...] = ()
    failures: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def verdict(self) -> StatisticalVerdict:
        """The verdict of the gate as a whole: a failure fails it, and it passes only where every rule was decided."""
        verdicts = {rule.verdict for rule in self.rules}
        if self.failures or "fail" in verdicts:
            return "fail"
        return "inconclusive" if "inconclusive" in verdicts else "pass"

    @property
    def passed(self) -> bool:
        """Whether nothing failed: a rule that could not be decided does not fail a session."""
        return self.verdict != "fail"

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build the gate from decoded JSON."""
        return decode(cls, fields)
