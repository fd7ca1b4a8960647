"""What was found around the runs of a sweep: messages, what the target's own check says, loose JSON, odd files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import promises
from .promises import Violation
from .reconcile import FAILED, SUCCESS, Case


@dataclass(frozen=True)
class StoreFindings:
    """Phrases, one for each thing that was found.

    `messages` are warnings and errors that the target logged during the session, `checked` is what its own check
    of the store finds wrong, `loose` are JSON files that are not strict JSON, `orphans` files that nothing lists,
    `strays` what appeared in the folder that holds the store.
    """

    messages: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()


def store_violations(around: StoreFindings, cases: Iterable[Case], *, fresh: bool) -> Iterator[Violation]:
    """Yield what is wrong; a message is explained by a run that did not go well, or by what was there before."""
    if around.messages and fresh and all(map(_went_well, cases)):
        for message in around.messages:
            yield Violation(promises.QUIET, f"Every run went well, and yet it logged: {message}", found=message)
    for told in around.checked:
        yield Violation(promises.CHECKED, f"The store's own check says: {told}", found=told)
    for told in around.loose:
        yield Violation(promises.STRICT, f"Readers of other languages refuse {told}.", found=told)
    for path in around.orphans:
        yield Violation(promises.ORPHANS, f"Nothing lists the file {path}.", where=path, found="a file")
    for name in around.strays:
        yield Violation(promises.INSIDE, f"Beside the store, {name} appeared.", where=name, found="a file or folder")


def _went_well(case: Case) -> bool:
    """Whether nothing about a run gives a reason for a warning."""
    planned = case.planned is not None and case.planned.status != FAILED
    returned = len(case.executions) == 1 and case.executions[0].outcome == "returned"
    return planned and returned and all(run.status == SUCCESS for run in case.records)
