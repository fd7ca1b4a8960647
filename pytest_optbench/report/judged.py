"""What comparing says, as plain frozen data: breaks known, new and fixed, limits that moved, and what the gate says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .outcome import Better, Kind
from .statistics import Judged


@dataclass(frozen=True)
class Break:
    """A broken promise of a case of a breaking point: what a baseline knows it by, whatever its shards."""

    point: str
    case: str
    intensity: str
    promise: str

    def __str__(self) -> str:
        return f"{self.point} [{self.intensity}] {self.case}: {self.promise}"


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
        first, second = fields["samples"]
        return cls(**{**fields, "samples": (first, second)})


@dataclass(frozen=True)
class Comparison:
    """This session against a baseline.

    `undecided` cases could be judged then and not now, `absent` ones did not run now, `overlap` ones ran in both.
    """

    name: str
    known: tuple[Break, ...] = ()
    new: tuple[Break, ...] = ()
    fixed: tuple[Break, ...] = ()
    undecided: tuple[str, ...] = ()
    absent: int = 0
    overlap: int = 0
    changes: tuple[Change, ...] = ()

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build a comparison from decoded JSON."""
        breaks = {name: tuple(Break(**one) for one in fields[name]) for name in ("known", "new", "fixed")}
        changes = tuple(Change.from_dict(one) for one in fields["changes"])
        return cls(**{**fields, **breaks, "changes": changes, "undecided": tuple(fields["undecided"])})


@dataclass(frozen=True)
class Versus:
    """This session's target against another interpreter's, measured by turns in `rounds` rounds."""

    python: str
    target: str
    rounds: int
    changes: tuple[Change, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build the result of an A/B session from decoded JSON."""
        changes = tuple(Change.from_dict(one) for one in fields["changes"])
        return cls(**{**fields, "changes": changes, "problems": tuple(fields["problems"])})


@dataclass(frozen=True)
class Ruled:
    """A rule of the gate and what became of it; `message` names the figures, or what would settle it."""

    rule: str
    verdict: Judged
    message: str


@dataclass(frozen=True)
class Gate:
    """What the gate says: `failures` are messages of its own, beside those of its rules."""

    rules: tuple[Ruled, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing failed; a rule that could not be decided does not fail, and is told."""
        return not self.failures and all(rule.verdict != "fail" for rule in self.rules)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build the gate from decoded JSON."""
        return cls(tuple(Ruled(**one) for one in fields["rules"]), tuple(fields["failures"]))
