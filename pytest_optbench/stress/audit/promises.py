"""The promises that an audit checks, and the violations and findings that it reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_optbench.promises import Promise, promise

MEASURED = promise("audit.something-to-judge")
EXECUTED = promise("audit.executed")
ONLY_PLANNED = promise("audit.only-planned")
ONCE = promise("audit.executed-once")
RESUMED = promise("audit.finished-not-repeated")
STORED = promise("audit.stored")
KEPT = promise("audit.stays-stored")
EARNED = promise("audit.really-executed")
ONE_RECORD = promise("audit.one-record")
UNIQUE_IDS = promise("audit.unique-ids")
STATUS = promise("audit.status")
AS_PLANNED = promise("audit.fails-as-planned")
PARTIAL = promise("audit.partial-results")
COMPLETE = promise("audit.every-artifact")
LISTED = promise("audit.listed")
NOTHING_STALE = promise("audit.nothing-stale")
METRICS = promise("audit.metrics")
SERIES = promise("audit.series")
PARAMS = promise("audit.params")
ARTIFACTS = promise("audit.artifacts")
READABLE = promise("audit.readable")
TIMES = promise("audit.times")
EXPERIMENT = promise("audit.experiment")
RECORDS = promise("audit.records")
ORPHANS = promise("audit.no-orphans")
INSIDE = promise("audit.inside-the-store")
CHECKED = promise("audit.own-check")
STRICT = promise("audit.strict-json")
QUIET = promise("audit.quiet")


@dataclass(frozen=True)
class Violation:
    """One case in which a promise is broken.

    `promise` is one of this module or of a scenario, `key` the run's key in the witness and `run_id` its id in the
    store (either may be unknown: ""), `where` the parameter, metric, artifact or file. `size` orders cases:
    the run's number of parameters, 0 where it is not known.
    """

    promise: Promise
    message: str
    key: str = ""
    run_id: str = ""
    where: str = ""
    expected: str = ""
    found: str = ""
    size: int = 0


@dataclass(frozen=True)
class Finding:
    """The smallest case of a broken promise, and how many others there are."""

    violation: Violation
    others: int

    def __str__(self) -> str:
        more = f" (and {self.others:,} more)" if self.others else ""
        return f"{self.violation.promise} {self.violation.message}{more}"


def smallest(violations: Iterable[Violation]) -> tuple[Finding, ...]:
    """Return the smallest case of each broken promise: fewest parameters, then the first key, run, place and text.

    Promises come in the order in which they first appear.
    """
    by_promise: dict[Promise, list[Violation]] = {}
    for violation in violations:
        by_promise.setdefault(violation.promise, []).append(violation)
    return tuple(Finding(min(cases, key=_order), len(cases) - 1) for cases in by_promise.values())


def _order(violation: Violation) -> tuple[int, str, str, str, str]:
    return violation.size, violation.key, violation.run_id, violation.where, violation.message
