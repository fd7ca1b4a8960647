"""The controller's part of the plugin: it collects the outcomes of all items for summary, reports and evidence."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import pytest

from pytest_optbench.report.annotations import annotate, locator_below
from pytest_optbench.report.comparison import Versus
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.outcome import ItemOutcome
from pytest_optbench.report.wording import WIDTH, incomplete_answer

from .attempts import Attempts
from .collection import intensity_of
from .collection_errors import read_from_workers
from .finish import FinishedSession, finish
from .planned import Part, Planned
from .rerun import rerun_command
from .session import Session
from .session_end import SessionEnd
from .under_test import header_lines, report_fields

if TYPE_CHECKING:
    from .progress import Running, Work


class Controller:
    """A plugin object of the controlling process; it sees the reports of every worker."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        self.config = config
        self.session = session
        self.attempts = Attempts(self._part_of, each=session.runs_each)
        self.ending = SessionEnd()
        self.order: dict[str, int] = {}
        self.left_out: dict[str, int] = {}
        self.closed: FinishedSession | None = None
        self.versus: Versus | None = None
        self.running: dict[str, float] = {}
        self.first_began = 0.0
        self.began = time.monotonic()
        self.started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    @property
    def outcomes(self) -> Mapping[str, ItemOutcome]:
        """The outcome of every item so far, by node id."""
        return self.attempts.outcomes()

    def pytest_report_header(self) -> list[str]:
        """Describe the target, if the command line alone shows that scenarios will run."""
        return header_lines(self.session.target) if self.session.settings.in_use else []

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """Describe the target after collection otherwise, if there is a scenario among the items."""
        scenarios = any(intensity_of(item) for item in items)
        return header_lines(self.session.target) if scenarios and not self.session.settings.in_use else []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember the order of the items, which is that of the report."""
        self._remember([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Remember the items of a worker, the same in every one, and describe the target if there are scenarios."""
        is_new = not (self.session.has_scenarios or self.session.settings.in_use)
        self.session.has_scenarios |= read_from_workers(self.session)
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if is_new and self.session.has_scenarios and reporter is not None and self.config.get_verbosity() >= 0:
            for line in header_lines(self.session.target):
                reporter.ensure_newline()
                reporter.write_line(line)
        self._remember(ids)

    def _remember(self, names: Iterable[str]) -> None:
        self.order = {name: place for place, name in enumerate(names)}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Any:
        """Show progress while scenarios run, and then take turns with another interpreter."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        with self._progress(session, reporter):
            done = yield
        if self.session.other_side is not None and self.outcomes and not self.session.settings.explain:
            from pytest_optbench.plugin.ab.comparison import own_side, take_turns

            sides = own_side(self.session.target), self.session.other_side
            self.versus = take_turns(self._report(), sides, self.session.settings, self._writer(reporter))
        return done

    def _progress(self, session: pytest.Session, reporter: Any) -> AbstractContextManager[object]:
        if reporter is None or self.config.get_verbosity() < 0 or not self._runs_scenarios(session):
            return nullcontext()
        from .progress import Ticker

        folder = self.session.shared if self.session.runs_each else self.session.witnesses
        return Ticker(folder, self.session.identity, reporter, self._work)

    def _work(self) -> Work:
        from .progress import Work

        parts = {nodeid: part for nodeid, part in self._planned.parts.items() if nodeid in self.order}
        ended = {nodeid for nodeid, _ in list(self.attempts.last)}  # a copy: this is asked from another thread
        now = time.monotonic()
        running = [self._running(parts, name, now - began) for name, began in [*self.running.items()] if name in parts]
        return Work(list(parts.values()), len(ended & parts.keys()), now - self.first_began, running)

    def _running(self, parts: Mapping[str, Part], name: str, seconds: float) -> Running:
        from .progress import Running

        part = parts[name]
        if part.intensity != "extreme":
            return Running(part, seconds)
        sharing = {other.case for other in parts.values() if other.row == part.row}
        return Running(part, seconds, self.session.settings.budget / len(sharing))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Remember when an item began, in whichever process."""
        self.running[nodeid] = time.monotonic()
        self.first_began = self.first_began or self.running[nodeid]

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Forget an item that ended."""
        self.running.pop(nodeid, None)

    def _writer(self, reporter: Any) -> Callable[[str], None]:
        def write(text: str) -> None:
            if reporter is not None:
                reporter.ensure_newline()
                reporter.write_line(f"optbench: {text}")

        return write

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the outcome that an item carries, or one for a scenario that died without it."""
        self.attempts.add(report)
        self.session.keep |= report.failed and report.nodeid in self.attempts.lines

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count the files that could not be collected: their scenarios are unknown."""
        self.ending.uncollected += report.failed

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that the session was interrupted."""
        self.ending.interrupted(excinfo.value)

    @pytest.hookimpl(optionalhook=True)
    def pytest_benchmark_update_json(self, output_json: dict[str, Any]) -> None:
        """Add the target to pytest-benchmark's JSON, so that results of two targets can be distinguished."""
        outcomes = self.outcomes
        for entry in output_json["benchmarks"]:
            if (outcome := outcomes.get(entry["fullname"])) is not None:
                entry["extra_info"] |= {
                    "metalab": report_fields(self.session.target),
                    "calibration": dict(outcome.calibration),
                }

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Remember the items that a worker left out, which are those of every worker."""
        self.left_out = getattr(node, "workeroutput", {}).get("optbench_left_out", self.left_out)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge and write the outcomes, also of an interrupted session; a gate can change the exit status.

        This happens before pytest's own reports are written, so that they can mention an incomplete session.
        """
        idle = self.session.settings.explain or self.config.getoption("collectonly")
        refused = session.exitstatus == pytest.ExitCode.USAGE_ERROR
        if idle or refused or not (self.outcomes or self.session.settings.in_use):
            return
        self.ending.finished(session)
        self.closed = finish(self._report(), self.session.baseline, self.session.settings)
        if (incomplete := incomplete_answer(self.closed.report)) is not None:
            add_to_junit(self.config, incomplete)
        if (self.closed.failed or self.attempts.hides_break) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write a row for each breaking point, the items that were left out, and the place of the evidence."""
        if self.session.explanation:
            self._write_explanation(terminalreporter)
        elif self.closed and (self.outcomes or self.closed.failed or self.closed.report.incomplete):
            self._write_summary(terminalreporter, self.closed)
        left_out = self.left_out or self.session.left_out
        if left_out and not self.config.getoption("collectonly"):
            from pytest_optbench.report import terminal

            terminalreporter.write_line(f"optbench: {terminal.left_out_line(left_out)}")

    def _write_explanation(self, reporter: pytest.TerminalReporter) -> None:
        reporter.section("optbench: what would run", sep="-")
        for line in self.session.explanation:
            reporter.write_line(line)

    def _write_summary(self, reporter: pytest.TerminalReporter, closed: FinishedSession) -> None:
        from pytest_optbench.report import terminal

        reporter.ensure_newline()  # else it would separate the header from the first line
        reporter.section("optbench", sep="-")
        verbose = self.config.get_verbosity() > 0
        for text, colour in terminal.lines(closed.report, verbose=verbose):
            reporter.write_line(text, **({colour: True} if colour else {}))
        about = [
            part for line in header_lines(self.session.target) for part in wrap(line, WIDTH, subsequent_indent="  ")
        ]
        for line in ("", *about, *closed.written, *self._annotations(closed.report)):
            reporter.write_line(line)
        for problem in closed.problems:
            reporter.write_line(f"optbench: {problem}", red=True)
        if self.session.keep and self.session.shared.exists():
            reporter.write_line(f"evidence kept in {self.session.shared}")
        elif self.session.settings.store:
            reporter.write_line(f"results kept in {self.session.settings.began.shown(self.session.settings.store)}")

    def _annotations(self, report: SessionReport) -> Iterator[str]:
        if os.environ.get("GITHUB_ACTIONS") != "true":
            return iter(())
        workspace = Path(os.environ.get("GITHUB_WORKSPACE", self.config.rootpath))
        return annotate(report, locator_below(workspace, self.config.rootpath, self.attempts.lines))

    def _runs_scenarios(self, session: pytest.Session) -> bool:
        if self.session.settings.explain or self.config.getoption("collectonly"):
            return False
        items = getattr(session, "items", ())  # with xdist only the workers have items
        expected = self.session.settings.in_use or bool(self.session.settings.intensities)
        return expected or any(intensity_of(item) for item in items)

    @property
    def _planned(self) -> Planned:
        """The parts of the files, as this process or its workers collected them."""
        if not self.session.planned.parts:
            self.session.planned = Planned.read(self.session.shared)
        return self.session.planned

    def _part_of(self, nodeid: str) -> Part | None:
        return self._planned.parts.get(nodeid)

    def _report(self) -> SessionReport:
        outcomes = self.outcomes
        return SessionReport(
            target=report_fields(self.session.target),
            outcomes=tuple(self._repeatable(outcomes[name]) for name in sorted(outcomes, key=self._place)),
            seconds=round(time.monotonic() - self.began, 3),
            started=self.started,
            left_out=self.left_out or self.session.left_out,
            options={"executor": self.session.settings.executor, "workers": self.session.settings.workers},
            versus=self.versus,
            incomplete=self.ending.incomplete(self._planned, self.order, outcomes, self.config),
        )

    def _repeatable(self, outcome: ItemOutcome) -> ItemOutcome:
        """Return the outcome with the command that repeats it, which a scenario that died could not add."""
        if outcome.replay:
            return outcome
        settings, target = self.session.settings, self.session.target
        file = self.config.rootpath / outcome.nodeid.split("::")[0]
        command = rerun_command(outcome.nodeid, file, outcome.point, outcome.intensity, target, settings)
        return replace(outcome, replay=command)

    def _place(self, nodeid: str) -> int:
        return self.order.get(nodeid, len(self.order))


def add_to_junit(config: pytest.Config, text: str) -> None:
    """Add a line to the properties of the JUnit XML, if it is written; pytest's public interface is only a fixture."""
    from _pytest.junitxml import xml_key

    if (xml := config.stash.get(xml_key, None)) is not None:
        xml.add_global_property("optbench-incomplete", text)
