"""Annotations for the log of GitHub Actions: each break points at its scenario, and says how to repeat it.

Format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from .breaks import break_of
from .document import SessionReport
from .outcome import BrokenPromise, ItemOutcome
from .rows import part_of
from .wording import incomplete_answer

SourceLine = tuple[str, int]  # file below the workspace, line from 1


def annotate(report: SessionReport, place: Callable[[ItemOutcome], SourceLine | None]) -> Iterator[str]:
    """A line for every promise that is newly broken, known to be broken or fixed, and for what the gate says else."""
    known = set(report.comparison.known) if report.comparison else set()
    told: set[tuple[str, str, str, str]] = set()
    if (incomplete := incomplete_answer(report)) is not None:
        yield _line("warning", "optbench: incomplete session", incomplete, None)
    for outcome in report.outcomes:
        for broken in outcome.broken:
            what = break_of(outcome, broken)
            witness = _name(outcome), part_of(outcome), broken.id, broken.about
            if witness not in told:
                told.add(witness)
                yield _break(outcome, broken, place(outcome), known=what in known)
        if outcome.verdict == "inconclusive":
            repeat = f"\nrepeat: {outcome.replay}" if outcome.replay else ""
            yield _line("warning", f"{_name(outcome)}: inconclusive", f"{outcome.note}{repeat}", place(outcome))
        elif outcome.flaky:
            yield _line("warning", f"{_name(outcome)}: flaky", outcome.note, place(outcome))
    yield from _gate(report)


def place_below(workspace: Path, root: Path, lines: Mapping[str, int]) -> Callable[[ItemOutcome], SourceLine | None]:
    """Find the file and line of an outcome's scenario, None where it is not below the workspace."""

    def place(outcome: ItemOutcome) -> SourceLine | None:
        path = (root / outcome.nodeid.partition("::")[0]).resolve()
        if not path.is_relative_to(workspace.resolve()):
            return None
        return str(path.relative_to(workspace.resolve())), lines.get(outcome.nodeid, 0) + 1

    return place


def _break(outcome: ItemOutcome, broken: BrokenPromise, place: SourceLine | None, *, known: bool) -> str:
    title = f"{_name(outcome)}: {'known break' if known else 'broken promise'} {broken.id}"
    others = f"\nand {broken.others:,} more like it" if broken.others else ""
    message = f"{broken.promise}\n{broken.message}{others}\nrepeat: {outcome.replay}"
    return _line("warning" if known else "error", title, message, place)


def _gate(report: SessionReport) -> Iterator[str]:
    for fixed in report.comparison.fixed if report.comparison else ():
        yield _line("notice", f"{fixed.point} [{fixed.intensity}]: fixed {fixed.id}", fixed.promise, None)
    for rule in report.gate.rules if report.gate else ():
        if rule.verdict != "pass":
            level = "error" if rule.verdict == "fail" else "warning"
            yield _line(level, f"gate: {rule.rule}: {rule.verdict}", rule.message, None)
    for failure in report.gate.failures if report.gate else ():
        if not failure.startswith(("newly broken", "broken: ")):  # told above, with its witness
            yield _line("error", "gate", failure, None)


def _name(outcome: ItemOutcome) -> str:
    return f"{outcome.point} [{outcome.intensity}]"


def _line(level: str, title: str, message: str, place: SourceLine | None) -> str:
    where = f"file={_property(place[0])},line={place[1]}," if place else ""
    return f"::{level} {where}title={_property(title)}::{_text(message)}"


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
