"""Compare a record with what its operation produced: metrics, series, artifacts, parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.promises import Promise
from pytest_optbench.stress.witness.canonical import canonical
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.series_digest import SeriesDigest, series_digest
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, params_digest, plain
from pytest_optbench.target.snapshot import StoredArtifact, StoredRun
from pytest_optbench.text import shorten

from . import promises
from .promises import Violation
from .reconcile import SUCCESS, Case
from .unlisted import read_by_name_only

LONGEST = 120  # characters of a value in a message


@dataclass(frozen=True)
class CheckedRecord:
    """One record, the key that it is matched with, and the number of parameters."""

    key: str
    run: StoredRun
    size: int

    def violation(self, promise: Promise, what: str, where: str, expected: object, found: object) -> Violation:
        """Return a violation that names the place and both values."""
        expected_text, found_text = _shown(expected), _shown(found)
        message = f"Run {self.run.run_id} with key {self.key}: {what}: expected {expected_text}, found {found_text}."
        return Violation(promise, message, self.key, self.run.run_id, where, expected_text, found_text, self.size)

    @property
    def missing(self) -> Promise:
        """The promise that a missing part breaks; of a failed run at least the captured part must be stored."""
        return promises.COMPLETE if self.run.status == SUCCESS else promises.PARTIAL


def compare(case: Case, run: StoredRun) -> list[Violation]:
    """Compare a record with the execution that it agrees with most (a resumed run may have had several)."""
    record = CheckedRecord(case.key, run, case.size)
    end = "returned" if run.status == SUCCESS else "raised"
    candidates = [execution for execution in case.ended if execution.outcome == end]
    differences = [list(_differences(record, case, execution)) for execution in reversed(candidates)]
    fewest = min(differences or [list(_differences(record, case, None))], key=len)
    return [*fewest, *_readable(record)]


def _differences(record: CheckedRecord, case: Case, execution: Execution | None) -> Iterator[Violation]:
    if execution is not None:
        yield from _metrics(record, execution)
        yield from _series(record, execution)
    yield from _params(record, case, execution)
    yield from _artifacts(record, case, execution)


def _metrics(record: CheckedRecord, execution: Execution) -> Iterator[Violation]:
    if execution.metrics is None:
        return
    stored = {name: value for name, value in record.run.metrics.items() if name != WITNESS_METRIC}
    absent = promises.METRICS if record.run.status == SUCCESS else promises.PARTIAL
    for name, value in execution.metrics.items():
        if name == WITNESS_METRIC:
            continue
        if name not in stored:
            yield record.violation(absent, f"metric {name!r} is missing", name, value, "nothing")
        elif not same(value, plain(stored[name])):
            yield record.violation(promises.METRICS, f"metric {name!r} changed", name, value, stored[name])
    for name in sorted(stored.keys() - execution.metrics.keys() - (execution.series or {}).keys(), key=str):
        what = f"metric {name!r} was never reported"
        yield record.violation(promises.NOTHING_STALE, what, name, "nothing", stored[name])


def _series(record: CheckedRecord, execution: Execution) -> Iterator[Violation]:
    if execution.series is None:
        return
    for name, seen in execution.series.items():
        if name in record.run.series:
            yield from _points(record, name, seen, record.run.series[name])
        elif name in record.run.unlisted.series:
            yield _unlisted(record, f"stepped metric {name!r}", "series", name)
            yield from _points(record, name, seen, record.run.unlisted.series[name])
        else:
            what = f"stepped metric {name!r} is lost, neither listed nor read by its name"
            yield record.violation(_incomplete(record), what, name, f"{seen.points} points", "0")
    for name in sorted(record.run.series.keys() - execution.series.keys() - (execution.metrics or {}).keys()):
        what = f"stepped metric {name!r} was never reported"
        points = f"{len(record.run.series[name])} points"
        yield record.violation(promises.NOTHING_STALE, what, name, "nothing", points)


def _unlisted(record: CheckedRecord, what: str, kind: str, name: str) -> Violation:
    return record.violation(
        promises.LISTED, read_by_name_only(what, kind, record.run), name, "in the list", "not there"
    )


def _incomplete(record: CheckedRecord) -> Promise:
    return promises.SERIES if record.run.status == SUCCESS else promises.PARTIAL


def _points(record: CheckedRecord, name: str, seen: SeriesDigest, stored: Iterable[Any]) -> Iterator[Violation]:
    metric = f"stepped metric {name!r}"
    try:
        found = series_digest(stored)
    except (TypeError, ValueError, OverflowError) as error:
        yield record.violation(promises.SERIES, f"{metric} cannot be compared", name, f"{seen.points} points", error)
        return
    if found.points != seen.points:
        yield record.violation(
            _incomplete(record), f"{metric} has another length", name, f"{seen.points} points", f"{found.points}"
        )
    elif found.content != seen.content:
        yield record.violation(promises.SERIES, f"{metric} was altered", name, seen.content, found.content)
    elif found.digest != seen.digest:
        yield record.violation(
            promises.SERIES, f"{metric} was reordered within a step", name, seen.digest, found.digest
        )


def _params(record: CheckedRecord, case: Case, execution: Execution | None) -> Iterator[Violation]:
    stored = record.run.params
    if stored is None:
        return
    planned = case.planned.params if case.planned else None
    if planned is not None:
        yield from _by_name(record, planned, stored)
    elif execution is not None and execution.params is not None:
        found = _digest_or_empty(stored)
        if found != execution.params:
            what = "the parameters changed (digests)"
            yield record.violation(promises.PARAMS, what, "params", execution.params, found or stored)


def _by_name(record: CheckedRecord, planned: Mapping[str, Any], stored: Mapping[str, Any]) -> Iterator[Violation]:
    for name, value in planned.items():
        if name not in stored:
            yield record.violation(promises.PARAMS, f"parameter {name!r} is missing", name, value, "nothing")
        elif _text(value) != _text(stored[name]):
            yield record.violation(promises.PARAMS, f"parameter {name!r} changed", name, value, stored[name])
    for name in sorted(stored.keys() - planned.keys()):
        yield record.violation(promises.PARAMS, f"parameter {name!r} was not planned", name, "nothing", stored[name])


def _artifacts(record: CheckedRecord, case: Case, execution: Execution | None) -> Iterator[Violation]:
    seen = execution.artifacts if execution is not None else None
    expected = set(seen or ())
    if case.planned and record.run.status == SUCCESS:
        expected |= set(case.planned.artifacts)
    unlisted = record.run.unlisted.artifacts
    for name in sorted(expected - record.run.artifacts.keys()):
        if name in unlisted:
            yield _unlisted(record, f"artifact {name!r}", "artifacts", name)
        else:
            yield record.violation(record.missing, f"artifact {name!r} is missing", name, "an artifact", "none")
    for name, artifact in {**unlisted, **record.run.artifacts}.items():
        if seen is not None and name not in expected:
            what = f"artifact {name!r} was never produced"
            yield record.violation(promises.NOTHING_STALE, what, name, "none", f"an artifact ({artifact.kind})")
        elif seen and name in seen and artifact.digest not in (None, seen[name]):
            what = f"artifact {name!r} changed (digests)"
            yield record.violation(promises.ARTIFACTS, what, name, seen[name], artifact.digest)


def _readable(record: CheckedRecord) -> Iterator[Violation]:
    stored: list[tuple[str, StoredArtifact]] = [*record.run.artifacts.items(), *record.run.data.items()]
    for name, artifact in stored:
        if artifact.problem is not None:
            what = f"artifact {name!r} cannot be read"
            yield record.violation(promises.READABLE, what, name, f"{artifact.kind}", artifact.problem)


def same(expected: Any, found: Any) -> bool:
    """Return whether two plain values are equal as results: NaN equals NaN, -0.0 differs from 0.0, 1 equals 1.0."""
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
    """Return the text by which a value is compared, once containers and numpy scalars are plain."""
    try:
        return canonical(plain(value))
    except InvalidInputError:
        return f"?{type(value).__qualname__} {value!r}"


def _digest_or_empty(params: Mapping[str, Any]) -> str:
    try:
        return params_digest(params)
    except InvalidInputError:
        return ""


def _shown(value: object) -> str:
    return shorten(value if isinstance(value, str) else repr(value), LONGEST)
