"""Findings about a store apart from its runs: log messages, the target's own check, invalid JSON, unexpected files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import promises
from .promises import Violation
from .reconcile import FAILED, SUCCESS, Case


@dataclass(frozen=True)
class StoreFindings:
    """Phrases, one for each finding.

    `messages` are warnings and errors that the target logged during the session, `check_problems` are those that its
    own check of the store reports, `invalid_json` are JSON files that are not strict JSON, `orphans` are files that
    nothing lists, `appeared_outside` are files and folders that appeared in the folder that contains the store.
    """

    messages: tuple[str, ...] = ()
    check_problems: tuple[str, ...] = ()
    invalid_json: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    appeared_outside: tuple[str, ...] = ()


def store_violations(findings: StoreFindings, cases: Iterable[Case], *, fresh: bool) -> Iterator[Violation]:
    """Yield the violations; a log message is justified by a run that failed, or by earlier content of the store."""
    if findings.messages and fresh and all(map(_succeeded, cases)):
        for message in findings.messages:
            yield Violation(promises.QUIET, f"Every run succeeded, but the target logged: {message}", found=message)
    for problem in findings.check_problems:
        yield Violation(promises.CHECKED, f"The store's own check reports: {problem}", found=problem)
    for problem in findings.invalid_json:
        yield Violation(promises.STRICT, f"Readers of other languages refuse {problem}.", found=problem)
    for path in findings.orphans:
        yield Violation(promises.ORPHANS, f"Nothing lists the file {path}.", where=path, found="a file")
    for name in findings.appeared_outside:
        yield Violation(promises.INSIDE, f"Next to the store, {name} appeared.", where=name, found="a file or folder")


def _succeeded(case: Case) -> bool:
    """Return whether a run gives no reason for a warning."""
    planned = case.planned is not None and case.planned.status != FAILED
    returned = len(case.executions) == 1 and case.executions[0].outcome == "returned"
    return planned and returned and all(run.status == SUCCESS for run in case.records)
