"""What a record holds, compared with what its operation produced: metrics, series, artifacts, parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.promises import Promise
from pytest_optbench.stress.witness.canonical import canonical
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.series_digest import SeriesSeen, series_seen
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, params_digest, plain
from pytest_optbench.target.snapshot import StoredArtifact, StoredRun
from pytest_optbench.text import shorten

from . import promises
from .promises import Violation
from .reconcile import SUCCESS, Case
from .unlisted import read_by_name_only

LONGEST = 120  # characters of a value in a message


@dataclass(frozen=True)
class Entry:
    """One record and the key it is tied to, for telling what is wrong with it."""

    key: str
    run: StoredRun
    size: int

    def wrong(self, promise: Promise, what: str, where: str, expected: object, found: object) -> Violation:
        """Return a violation that names the place and both values."""
        wanted, had = _shown(expected), _shown(found)
        message = f"Run {self.run.run_id} with key {self.key}: {what}: expected {wanted}, found {had}."
        return Violation(promise, message, self.key, self.run.run_id, where, wanted, had, self.size)

    @property
    def missing(self) -> Promise:
        """The promise that something missing breaks; of a failed run at least the captured part must be there."""
        return promises.COMPLETE if self.run.status == SUCCESS else promises.PARTIAL


def compare(case: Case, run: StoredRun) -> list[Violation]:
    """Compare a record with the execution that it agrees with most (a resumed run may have had several)."""
    entry = Entry(case.key, run, case.size)
    wanted = "returned" if run.status == SUCCESS else "raised"
    candidates = [execution for execution in case.ended if execution.outcome == wanted]
    attempts = [list(_produced(entry, case, execution)) for execution in reversed(candidates)]
    best = min(attempts or [list(_produced(entry, case, None))], key=len)
    return [*best, *_readable(entry)]


def _produced(entry: Entry, case: Case, execution: Execution | None) -> Iterator[Violation]:
    if execution is not None:
        yield from _metrics(entry, execution)
        yield from _series(entry, execution)
    yield from _params(entry, case, execution)
    yield from _artifacts(entry, case, execution)


def _metrics(entry: Entry, execution: Execution) -> Iterator[Violation]:
    if execution.metrics is None:
        return
    stored = {name: value for name, value in entry.run.metrics.items() if name != WITNESS_METRIC}
    absent = promises.METRICS if entry.run.status == SUCCESS else promises.PARTIAL
    for name, value in execution.metrics.items():
        if name == WITNESS_METRIC:
            continue
        if name not in stored:
            yield entry.wrong(absent, f"metric {name!r} is missing", name, value, "nothing")
        elif not same(value, plain(stored[name])):
            yield entry.wrong(promises.METRICS, f"metric {name!r} changed", name, value, stored[name])
    for name in sorted(stored.keys() - execution.metrics.keys() - (execution.series or {}).keys(), key=str):
        what = f"metric {name!r} was never reported"
        yield entry.wrong(promises.NOTHING_STALE, what, name, "nothing", stored[name])


def _series(entry: Entry, execution: Execution) -> Iterator[Violation]:
    if execution.series is None:
        return
    for name, seen in execution.series.items():
        if name in entry.run.series:
            yield from _points(entry, name, seen, entry.run.series[name])
        elif name in entry.run.unlisted.series:
            yield _unlisted(entry, f"stepped metric {name!r}", "series", name)
            yield from _points(entry, name, seen, entry.run.unlisted.series[name])
        else:
            what = f"stepped metric {name!r} is lost, neither listed nor read by its name"
            yield entry.wrong(_incomplete(entry), what, name, f"{seen.points} points", "0")
    for name in sorted(entry.run.series.keys() - execution.series.keys() - (execution.metrics or {}).keys()):
        what = f"stepped metric {name!r} was never reported"
        points = f"{len(entry.run.series[name])} points"
        yield entry.wrong(promises.NOTHING_STALE, what, name, "nothing", points)


def _unlisted(entry: Entry, what: str, kind: str, name: str) -> Violation:
    return entry.wrong(promises.LISTED, read_by_name_only(what, kind, entry.run), name, "in the list", "not there")


def _incomplete(entry: Entry) -> Promise:
    return promises.SERIES if entry.run.status == SUCCESS else promises.PARTIAL


def _points(entry: Entry, name: str, seen: SeriesSeen, stored: Iterable[Any]) -> Iterator[Violation]:
    told = f"stepped metric {name!r}"
    try:
        found = series_seen(stored)
    except (TypeError, ValueError, OverflowError) as error:
        yield entry.wrong(promises.SERIES, f"{told} cannot be compared", name, f"{seen.points} points", error)
        return
    if found.points != seen.points:
        yield entry.wrong(
            _incomplete(entry), f"{told} has another length", name, f"{seen.points} points", f"{found.points}"
        )
    elif found.content != seen.content:
        yield entry.wrong(promises.SERIES, f"{told} was altered", name, seen.content, found.content)
    elif found.digest != seen.digest:
        yield entry.wrong(promises.SERIES, f"{told} was reordered within a step", name, seen.digest, found.digest)


def _params(entry: Entry, case: Case, execution: Execution | None) -> Iterator[Violation]:
    stored = entry.run.params
    if stored is None:
        return
    planned = case.planned.params if case.planned else None
    if planned is not None:
        yield from _by_name(entry, planned, stored)
    elif execution is not None and execution.params is not None:
        found = _or_nothing(stored)
        if found != execution.params:
            what = "the parameters changed (digests)"
            yield entry.wrong(promises.PARAMS, what, "params", execution.params, found or stored)


def _by_name(entry: Entry, planned: Mapping[str, Any], stored: Mapping[str, Any]) -> Iterator[Violation]:
    for name, value in planned.items():
        if name not in stored:
            yield entry.wrong(promises.PARAMS, f"parameter {name!r} is missing", name, value, "nothing")
        elif _text(value) != _text(stored[name]):
            yield entry.wrong(promises.PARAMS, f"parameter {name!r} changed", name, value, stored[name])
    for name in sorted(stored.keys() - planned.keys()):
        yield entry.wrong(promises.PARAMS, f"parameter {name!r} was not planned", name, "nothing", stored[name])


def _artifacts(entry: Entry, case: Case, execution: Execution | None) -> Iterator[Violation]:
    seen = execution.artifacts if execution is not None else None
    due = set(seen or ())
    if case.planned and entry.run.status == SUCCESS:
        due |= set(case.planned.artifacts)
    unlisted = entry.run.unlisted.artifacts
    for name in sorted(due - entry.run.artifacts.keys()):
        if name in unlisted:
            yield _unlisted(entry, f"artifact {name!r}", "artifacts", name)
        else:
            yield entry.wrong(entry.missing, f"artifact {name!r} is missing", name, "an artifact", "none")
    for name, artifact in {**unlisted, **entry.run.artifacts}.items():
        if seen is not None and name not in due:
            what = f"artifact {name!r} was never produced"
            yield entry.wrong(promises.NOTHING_STALE, what, name, "none", f"an artifact ({artifact.kind})")
        elif seen and name in seen and artifact.digest not in (None, seen[name]):
            what = f"artifact {name!r} changed (digests)"
            yield entry.wrong(promises.ARTIFACTS, what, name, seen[name], artifact.digest)


def _readable(entry: Entry) -> Iterator[Violation]:
    held: list[tuple[str, StoredArtifact]] = [*entry.run.artifacts.items(), *entry.run.data.items()]
    for name, artifact in held:
        if artifact.problem is not None:
            what = f"artifact {name!r} cannot be read"
            yield entry.wrong(promises.READABLE, what, name, f"{artifact.kind}", artifact.problem)


def same(expected: Any, found: Any) -> bool:
    """Whether two plain values are equal as results: NaN equals NaN, -0.0 differs from 0.0, 1 equals 1.0."""
    if _number(expected) and _number(found):
        if math.isnan(expected) or math.isnan(found):
            return math.isnan(expected) and math.isnan(found)
        return bool(expected == found) and math.copysign(1, expected) == math.copysign(1, found)
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(same(expected[name], found[name]) for name in expected)
    return type(expected) is type(found) and bool(expected == found)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> str:
    """Return what a value is compared by, once containers and numpy scalars are plain."""
    try:
        return canonical(plain(value))
    except InvalidInputError:
        return f"?{type(value).__qualname__} {value!r}"


def _or_nothing(params: Mapping[str, Any]) -> str:
    try:
        return params_digest(params)
    except InvalidInputError:
        return ""


def _shown(value: object) -> str:
    return shorten(value if isinstance(value, str) else repr(value), LONGEST)
