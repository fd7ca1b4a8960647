"""The promises that an audit holds a runner to, and how a broken one is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MEASURED = "An audit has something to judge."
EXECUTED = "Every planned run is executed to its end."
ONLY_PLANNED = "Only planned runs are executed."
ONCE = "A run is executed once."
RESUMED = "A run that is stored as a success is not executed again."
STORED = "Every run that ends is stored."
KEPT = "A stored success stays stored."
EARNED = "A stored success was really executed."
ONE_RECORD = "A run has one record."
UNIQUE_IDS = "A run id stands for one run."
STATUS = "A record says how its run ended."
AS_PLANNED = "A run fails only where it is meant to, and then does fail."
PARTIAL = "What a failing run captured before it failed is kept."
COMPLETE = "A success holds every artifact that its operation produced."
LISTED = "What is stored of a run is listed, and not only read by its name."
NOTHING_STALE = "A record holds nothing that its operation did not produce."
METRICS = "Metrics are stored as the operation reported them."
SERIES = "No point of a stepped metric is lost, altered or reordered within its step."
PARAMS = "Parameters are stored as they were planned."
ARTIFACTS = "An artifact reads back equal to what the operation produced."
READABLE = "Every artifact that is listed exists, has the size it states and can be read."
TIMES = "A record has finite times in order."
EXPERIMENT = "A record belongs to its experiment."
RECORDS = "Every record can be read."
ORPHANS = "No file is in the store that nothing lists."
INSIDE = "Nothing is written outside of the store."
CHECKED = "A store finds nothing wrong with itself."
STRICT = "Every JSON file of a store is strict JSON."
QUIET = "What goes well is not logged as a warning or an error."


@dataclass(frozen=True)
class Violation:
    """One broken promise, told by one case of it.

    `promise` is a sentence of this module, `key` the run's key in the witness and `run_id` its id in the
    store (either may be unknown: ""), `where` the parameter, metric, artifact or file. `size` orders cases:
    the run's number of parameters, 0 where it is not known.
    """

    promise: str
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
    by_promise: dict[str, list[Violation]] = {}
    for violation in violations:
        by_promise.setdefault(violation.promise, []).append(violation)
    return tuple(Finding(min(cases, key=_order), len(cases) - 1) for cases in by_promise.values())


def _order(violation: Violation) -> tuple[int, str, str, str, str]:
    return violation.size, violation.key, violation.run_id, violation.where, violation.message
