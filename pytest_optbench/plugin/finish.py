"""Finish a session: compare its report, evaluate its rules, save it, and write it as JSON and HTML."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pytest_optbench.errors import InvalidInputError, OptbenchError
from pytest_optbench.report import baseline, document, wording
from pytest_optbench.report.compare import compare
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.gate import evaluate
from pytest_optbench.report.outcome import DECIDED
from pytest_optbench.report.rows import part_of
from pytest_optbench.report.writing import write_text

from .options import Settings
from .replay import is_replaying


@dataclass(frozen=True)
class FinishedSession:
    """The judged report, the lines about written files, and the problems."""

    report: SessionReport
    written: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether the session must fail."""
        gate = self.report.gate
        return bool(self.problems) or (gate is not None and not gate.passed)


def finish(report: SessionReport, known: SessionReport | None, settings: Settings) -> FinishedSession:
    """Judge a report, and save and write it by the options; `known` is the baseline, if one was asked for."""
    judged = judge(report, known, settings)
    written, problems = [], []
    for write in (
        partial(_json, judged),
        partial(_html, judged, known),
        partial(_save, judged),
        partial(_breaks, judged),
    ):
        try:
            written += write(settings)
        except (OptbenchError, OSError) as error:  # an error does not prevent the others
            problems.append(str(error))
    return FinishedSession(judged, tuple(written), tuple(problems))


def judge(report: SessionReport, known: SessionReport | None, settings: Settings) -> SessionReport:
    """Return the report with its comparison, and with the verdict of the gate if there is one."""
    if known is not None and settings.compare is not None:
        report = replace(report, comparison=compare(report, known, settings.compare))
    if settings.gated:
        report = replace(report, gate=evaluate(settings.rules, report, allow_missing=settings.allow_missing))
    return report


def _json(report: SessionReport, settings: Settings) -> list[str]:
    if settings.json is not None:
        with _named(f"--optbench-json {settings.json}"):
            document.write(report, settings.json)
    return []


def _html(report: SessionReport, known: SessionReport | None, settings: Settings) -> list[str]:
    if settings.html is None:
        return []
    from pytest_optbench.report.page import to_html

    text = to_html(report, known)
    with _named(f"--optbench-html {settings.html}"):
        write_text(text, settings.html)
    return [f"report written to {settings.began.shown(settings.html)}"]


@contextmanager
def _named(place: str) -> Iterator[None]:
    """Name the option whose file cannot be written."""
    try:
        yield
    except OSError as error:
        raise OptbenchError(f"{place}: could not be written: {error.strerror or error}") from None


def _save(report: SessionReport, settings: Settings) -> list[str]:
    if settings.save is None:
        return []
    path = baseline.path_of(settings.save, settings.root)
    if path.exists() or report.incomplete:
        check_loss(report, path, settings.save, over=settings.save_over)
    return [f"baseline saved in {baseline.save(report, settings.save, settings.root)}"]


def _breaks(report: SessionReport, settings: Settings) -> list[str]:
    """Save every break, unless this session repeats one; a root that cannot be written is no reason to fail."""
    if is_replaying():
        return []
    from pytest_optbench.report.saved_breaks import save_breaks

    try:
        folder = save_breaks(report, settings.root)
    except OSError as error:
        return [f"breaks could not be saved in {error.filename}: {error.strerror}"]
    if folder is None:
        return []
    return [f"breaks saved; repeat them by: pytest --optbench-replay {settings.began.shown(folder)}"]


def check_loss(report: SessionReport, path: Path, name: str, *, over: bool) -> None:
    """Refuse to save a session as a baseline if that would lose verdicts of the present one of that name.

    Raises:
        InvalidInputError: the session was stopped, or lacks verdicts that the baseline has without `over`.
    """
    refused = f"baseline {name!r} was not saved"
    if report.incomplete is not None and report.incomplete.stopped:
        raise InvalidInputError(f"{refused}: {wording.incomplete_answer(report)}; run it completely")
    if over or not path.exists():
        return
    lost = _decided(document.read(path)) - _decided(report)
    if lost:
        first = ", ".join(sorted(f"{point} [{intensity}] {part}" for point, intensity, part in lost)[:3])
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        raise InvalidInputError(
            f"{refused}: the present one has verdicts on {wording.count(len(lost), 'part')} that this session has "
            f"none for ({first}{more}); run all of it, or replace it by this session with --optbench-save-over"
        )


def _decided(report: SessionReport) -> set[tuple[str, str, str]]:
    """Return every part that was decided, by its name without its file."""
    decided = (outcome for outcome in report.outcomes if outcome.verdict in DECIDED)
    return {(item.point, item.intensity, part_of(item).rpartition("::")[2]) for item in decided}
