"""What becomes of a session's report: compared, held against its rules, saved, written as JSON and HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import OptbenchError
from .options import Settings
from .report import baseline, document
from .report.compare import compare
from .report.document import SessionReport
from .report.gate import hold


@dataclass(frozen=True)
class Closed:
    """The report as it was judged, what was written, and what could not be done."""

    report: SessionReport
    written: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether the session must not end green."""
        gate = self.report.gate
        return bool(self.problems) or (gate is not None and not gate.passed)


def close(report: SessionReport, known: SessionReport | None, settings: Settings) -> Closed:
    """Judge a report and put it where the command line wants it; `known` is the baseline, if one was asked for."""
    judged = judge(report, known, settings)
    written, problems = [], []
    try:
        written = list(_write(judged, known, settings))
    except (OptbenchError, OSError) as error:
        problems.append(str(error))
    return Closed(judged, tuple(written), tuple(problems))


def judge(report: SessionReport, known: SessionReport | None, settings: Settings) -> SessionReport:
    """The report with its comparison and with what the gate says, where there is a gate."""
    if known is not None and settings.compare is not None:
        report = replace(report, comparison=compare(report, known, settings.compare))
    if settings.gated:
        report = replace(report, gate=hold(settings.rules, report, allow_missing=settings.allow_missing))
    return report


def _write(report: SessionReport, known: SessionReport | None, settings: Settings) -> Iterator[str]:
    if settings.json is not None:
        document.write(report, settings.json)
    if settings.html is not None:
        yield f"report written to {settings.began.shown(_html(report, known, settings.html))}"
    if settings.save is not None:
        yield f"baseline saved in {baseline.save(report, settings.save, settings.root)}"


def _html(report: SessionReport, known: SessionReport | None, path: Path) -> Path:
    from .report.page import to_html

    document.write_text(to_html(report, known), path)
    return path
