"""The mode of a session in which it makes a forecast: no item is collected, and no scenario runs."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import pytest

from pytest_optbench.errors import OptbenchError
from pytest_optbench.report import forecast_lines
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.wording import WIDTH

from .checks import about
from .finish import FinishedSession, finish
from .live_line import LiveLine
from .session import Session
from .under_test import header_lines, report_fields

if TYPE_CHECKING:
    from pytest_optbench.forecast.payloads import Payload
    from pytest_optbench.report.forecast import Forecast

MOST_WORKERS = 32  # that are compared, unless more are asked for


class Forecaster:
    """The plugin object of a session that makes a forecast, in place of the `Controller`.

    Raises:
        InvalidInputError: there is no such payload, or it cannot be measured.
    """

    def __init__(self, config: pytest.Config, session: Session, runs: int) -> None:
        self.config = config
        self.session = session
        self.runs = runs
        self.payload = payload_of(session)
        self.failure = ""
        self.closed: FinishedSession | None = None
        self.forecast: Forecast | None = None
        self.began = time.monotonic()
        self.started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def pytest_report_header(self) -> list[str]:
        """Describe the target."""
        return header_lines(self.session.target)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> bool:
        """Collect nothing."""
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool:
        """Measure, and make the forecast."""
        live = LiveLine(self.config.pluginmanager.get_plugin("terminalreporter"), self.config.get_verbosity())
        with live:
            try:
                self.forecast = make_forecast(self.session, self.runs, self.payload, live)
            except OptbenchError as error:
                self.failure = str(error).splitlines()[0]
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports; a session that has its forecast is a success, although no test ran."""
        if self.forecast is not None:
            self.closed = finish(self._report(), None, self.session.settings)
        done = self.closed is not None and not self.closed.failed
        if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.OK if done else pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the forecast, or the reason why there is none."""
        terminalreporter.section("optbench", sep="-")
        if self.forecast is not None:
            for text, colour in forecast_lines.lines(self.forecast):
                terminalreporter.write_line(text, **({colour: True} if colour else {}))
        else:
            terminalreporter.write_line(f"optbench: no forecast: {self.failure or 'it was interrupted'}", red=True)
        for line in header_lines(self.session.target):
            for part in wrap(line, WIDTH, subsequent_indent="  "):
                terminalreporter.write_line(part)
        for line in self.closed.written if self.closed else ():
            terminalreporter.write_line(line)
        for problem in self.closed.problems if self.closed else ():
            terminalreporter.write_line(f"optbench: {problem}", red=True)

    def _report(self) -> SessionReport:
        settings = self.session.settings
        return SessionReport(
            target=report_fields(self.session.target),
            outcomes=(),
            seconds=round(time.monotonic() - self.began, 3),
            started=self.started,
            options={"executor": settings.executor, "workers": settings.workers},
            forecast=self.forecast,
        )


def payload_of(session: Session) -> Payload:
    """Return the payload that was asked for.

    Raises:
        InvalidInputError: there is no such payload.
    """
    from pytest_optbench.forecast.payloads import payload_named

    _ = session.target  # the payload is decorated by it
    with about("--optbench-forecast-payload"):
        return payload_named(session.settings.forecast_payload or "noop", str(session.settings.began.folder))


def make_forecast(session: Session, runs: int, payload: Payload, live: LiveLine) -> Forecast:
    """Measure on the disk of the store, and return the forecast.

    Raises:
        OptbenchError: the target failed, or could not be measured.
    """
    from pytest_optbench.forecast import measuring
    from pytest_optbench.forecast.forecast import forecast
    from pytest_optbench.forecast.measurements import Resources

    settings = session.settings
    session.target.require(settings.executor)
    folder = Path(tempfile.mkdtemp(prefix="optbench-forecast-", dir=_parent_of_store(session)))
    try:
        resources = Resources.near(folder)
        workers = numbers_of_workers(settings.workers)
        taking = measuring.Measuring(
            payload, settings.executor, workers, folder, runs, live.write, seconds=measuring.SECONDS
        )
        return forecast(taking.measure(), resources, runs, payload.name, settings.executor)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def numbers_of_workers(asked: int) -> list[int]:
    """Return the numbers of workers to compare: powers of two up to twice the cores, at least 4, and the one asked."""
    most = min(MOST_WORKERS, max(4, 2 * len(os.sched_getaffinity(0))))
    powers = [1 << power for power in range(most.bit_length()) if 1 << power <= most]
    return sorted({*powers, asked})


def _parent_of_store(session: Session) -> Path:
    """Return the folder of the store, which is on its disk, or the folder of the session."""
    store = session.settings.store
    if store is None:
        return session.folder
    return next(parent for parent in Path(store).parents if parent.is_dir())
