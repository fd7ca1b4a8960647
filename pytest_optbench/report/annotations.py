"""Annotations for the log of GitHub Actions: each break points at its scenario and has the command that repeats it.

Format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from .breaks import break_key
from .document import SessionReport
from .outcome import BrokenPromise, ItemOutcome
from .rows import part_of
from .wording import incomplete_answer

SourceLine = tuple[str, int]  # file below the workspace, line from 1


def annotate(report: SessionReport, locate: Callable[[ItemOutcome], SourceLine | None]) -> Iterator[str]:
    """Yield a line for every promise that is newly broken, known to be broken or fixed, and for the gate's results."""
    known = set(report.comparison.known) if report.comparison else set()
    written: set[tuple[str, str, str, str]] = set()
    if (incomplete := incomplete_answer(report)) is not None:
        yield _line("warning", "optbench: incomplete session", incomplete, None)
    for outcome in report.outcomes:
        for broken in outcome.broken:
            witness = _name(outcome), part_of(outcome), broken.id, broken.about
            if witness not in written:
                written.add(witness)
                yield _break(outcome, broken, locate(outcome), known=break_key(outcome, broken) in known)
        if outcome.verdict == "inconclusive":
            repeat = f"\nrepeat: {outcome.replay}" if outcome.replay else ""
            yield _line("warning", f"{_name(outcome)}: inconclusive", f"{outcome.note}{repeat}", locate(outcome))
        elif outcome.flaky:
            yield _line("warning", f"{_name(outcome)}: flaky", outcome.note, locate(outcome))
    yield from _gate(report)


def locator_below(workspace: Path, root: Path, lines: Mapping[str, int]) -> Callable[[ItemOutcome], SourceLine | None]:
    """Return a function that finds the file and line of an outcome's scenario: None outside of the workspace."""

    def locate(outcome: ItemOutcome) -> SourceLine | None:
        path = (root / outcome.nodeid.partition("::")[0]).resolve()
        if not path.is_relative_to(workspace.resolve()):
            return None
        return str(path.relative_to(workspace.resolve())), lines.get(outcome.nodeid, 0) + 1

    return locate


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
        if not failure.startswith(("newly broken", "broken: ")):  # reported above, with its witness
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
