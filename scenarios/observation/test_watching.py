"""Watching a sweep: slow listeners, details of runs, cancellation, waiting with a limit, displays, runtime loggers.

Promise: watching, waiting and cancelling report what happened, once and in order, and affect nothing else.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.drive.child_sweep import in_new_session
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import audit_after, run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import Violation, smallest
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, run_key, witnessing
from pytest_optbench.target import StoredRun
from pytest_optbench.target.locators import located
from pytest_optbench.target.running import raised_by_target
from pytest_optbench.text import one_line
from pytest_optbench.workloads.block_while import block_while
from pytest_optbench.workloads.observed import lines_of, observed

from .event_log import EventLog, check_events, check_log
from .terminals import display_problems, printed_to_a_file, printed_to_a_terminal
from .workload import runtime_logs, stoppable

DETAILS = promise("observation.details-of-their-run")
CANCELLED = promise("observation.cancelled-runs")
LIMITED = promise("observation.limited-waiting")
DISPLAY = promise("observation.progress-display")
LOGGER = promise("observation.runtime-logger")
PATIENCE = 20.0  # seconds; only what hangs takes as long
SLOW = 0.003  # seconds that a listener takes for each event
WORKERS = 3

every_load = pytest.mark.breaking_point("observation", light=12, medium=400, heavy=10_000, extreme=10**9)


def report(scenario: Scenario, violations: Iterable[Violation]) -> None:
    for finding in smallest(violations):
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)


def stored_runs(sweep: PlannedSweep, ctx: SweepContext, *, logs: bool = False) -> list[StoredRun]:
    return list(ctx.target.read(ctx.options.store, sweep.experiment(ctx.target), artifacts=False, logs=logs).runs)


@every_load
def test_slow_listener(load: Load, scenario: Scenario) -> None:
    """A slow listener receives all events, in order, before the sweep is over."""
    for runs in scenario.sizes():
        log = EventLog()
        ctx = scenario.at(str(runs), workers=WORKERS, on_event=partial(receive_slowly, log))
        sweep = PlannedSweep("watched", observed, [{"index": index} for index in range(runs)])
        scenario.judge(run_and_audit(sweep, ctx))
        log.close()
        time.sleep(10 * SLOW)  # late events arrive now
        report(scenario, check_events(log, {run.run_id: run.status for run in stored_runs(sweep, ctx)}))


def receive_slowly(log: EventLog, event: Any) -> None:
    time.sleep(SLOW)
    log(event)


@every_load
def test_details(load: Load, scenario: Scenario) -> None:
    """Events report each artifact and log line of each run once; log lines in order."""
    for runs in scenario.sizes():
        events: list[tuple[str, str, str]] = []
        ctx = scenario.at(str(runs), workers=WORKERS, on_event=partial(keep_details, events))
        sweep = PlannedSweep("watched", observed, [{"index": n, "parts": "artifact log"} for n in range(runs)])
        scenario.judge(run_and_audit(sweep, ctx))
        if not events:
            scenario.not_applicable("this metalab reports neither artifacts nor log lines by events")
        report(scenario, check_details(events, stored_runs(sweep, ctx), sweep))


def keep_details(events: list[tuple[str, str, str]], event: Any) -> None:
    kind = str(getattr(event.kind, "value", event.kind))
    if kind in ("artifact_saved", "log"):
        events.append((kind, str(event.run_id), str(getattr(event, "message", ""))))


def check_details(
    events: list[tuple[str, str, str]], runs: list[StoredRun], sweep: PlannedSweep
) -> Iterator[Violation]:
    """Yield runs whose reported artifacts or lines are not those they have, for each kind that is reported at all."""
    index_of = {run_key(case, 0, 0): int(case["index"]) for case in sweep.cases}
    kinds = {kind for kind, _, _ in events}
    saved = Counter(run_id for kind, run_id, _ in events if kind == "artifact_saved")
    for run in runs:
        if "artifact_saved" in kinds and saved[run.run_id] != 1:
            message = f"Run {run.run_id} saved an artifact, which was reported {saved[run.run_id]} times."
            yield Violation(DETAILS, message, run_id=run.run_id, where="artifact_saved")
        key = str(run.metrics.get(WITNESS_METRIC))
        expected = [text for _, text in lines_of(key, 5 + index_of[key] % 3)]
        lines = [text for kind, run_id, text in events if (kind, run_id) == ("log", run.run_id)]
        if "log" in kinds and lines != expected:
            message = (
                f"Run {run.run_id} logged {len(expected)} lines, of which {len(lines)} were reported: {lines[:2]}."
            )
            yield Violation(DETAILS, message, run_id=run.run_id, where="log")


@every_load
def test_cancelled(load: Load, scenario: Scenario) -> None:
    """Cancellation stops runs that check for it, and the sweep can be completed afterwards."""
    scenario.target.require("cancel", "status")
    for runs in scenario.sizes():
        log = EventLog()
        ctx = scenario.at(str(runs), workers=WORKERS, on_event=log)
        begun, release = ctx.witness.parent / "begun", ctx.witness.parent / "release"
        begun.mkdir(parents=True)
        cases = [{"index": index, "begun": str(begun), "release": str(release)} for index in range(runs)]
        sweep = PlannedSweep("cancelled", stoppable, cases)
        with witnessing(ctx.witness, ctx.session):
            started = ctx.target.start(sweep.experiment(ctx.target), ctx.options)
            wait_for(partial(have_begun, begun, min(runs, WORKERS), started))
            started.cancel()
            summary = started.wait(PATIENCE)
            if summary is None:
                scenario.breaks(CANCELLED, f"Running runs did not learn of the cancellation within {PATIENCE:.0f} s.")
                release.touch()
                summary = started.wait()
        log.close()
        were_cancelled = not release.exists()
        for problem in cancellation_problems(
            log, len(list(begun.iterdir())), stored_runs(sweep, ctx) if were_cancelled else []
        ):
            scenario.breaks(CANCELLED, problem)
        release.touch()
        scenario.judge(run_and_audit(sweep, in_new_session(replace(ctx, options=replace(ctx.options, on_event=None)))))


def cancellation_problems(log: EventLog, begun: int, runs: Iterable[StoredRun]) -> Iterator[str]:
    """Yield the problems of a sweep cancelled while each worker executed a run; `runs` are the stored ones."""
    if begun > WORKERS:
        yield f"{WORKERS} runs had begun when the sweep was cancelled, {begun} at its end."
    elif passed := [run.run_id for run in runs if run.status not in ("cancelled", "running")]:
        yield f"{len(passed)} runs were stopped midway, and are stored as ended: {passed[0]}."
    ended = Counter(run_id for kind, run_id in log.events if kind in ("run_finished", "run_failed", "run_cancelled"))
    if twice := [run_id for run_id, times in ended.items() if times > 1]:
        yield f"The end of {len(twice)} runs was reported more than once: {twice[0]}."


def have_begun(begun: Path, runs: int, started: Any) -> bool:
    """Return whether so many runs have begun, or the sweep has ended."""
    return len(list(begun.iterdir())) >= runs or not started.is_running


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, for at most `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)


@every_load
def test_waiting(load: Load, scenario: Scenario) -> None:
    """`result(timeout)` raises TimeoutError while no run can end, and `result()` returns afterwards."""
    scenario.target.require("status", "thread")
    module = scenario.target.module
    for runs in scenario.sizes():
        ctx = scenario.at(str(runs))
        hold = ctx.witness.parent / "hold"
        hold.parent.mkdir(parents=True)
        hold.touch()
        sweep = PlannedSweep("held", block_while, [{"index": index, "hold": str(hold)} for index in range(runs)])
        release_timer = threading.Timer(PATIENCE, partial(hold.unlink, missing_ok=True))  # where the limit is ignored
        release_timer.start()
        with witnessing(ctx.witness, ctx.session):
            executor = module.ThreadExecutor(max_workers=WORKERS)
            with raised_by_target():
                handle = module.run(
                    sweep.experiment(ctx.target),
                    store=located(ctx.options.store),
                    executor=executor,
                    progress=None,
                    verbose=False,
                )
            if problem := waiting_problem(handle, hold, runs):
                scenario.breaks(LIMITED, problem)
            executor.shutdown()
        release_timer.cancel()
        scenario.ran(executed=runs, audited=len(stored_runs(sweep, ctx)), seconds=0.0)


def waiting_problem(handle: Any, hold: Path, runs: int) -> str:
    """Return the problem of waiting for a sweep that cannot end while `hold` exists, "" if there is none."""
    try:
        results = handle.result(timeout=0.05)
        problem = f"result(timeout=0.05) returned {len(results)} runs of a sweep that had not ended."
    except TimeoutError:
        problem = "" if hold.exists() else f"result(timeout=0.05) took more than {PATIENCE:.0f} s."
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        problem = f"result(timeout=0.05) raised {one_line(error)} instead of a TimeoutError."
    hold.unlink(missing_ok=True)
    try:
        lengths = [len(handle.result()), len(handle.result(timeout=PATIENCE))]
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        return problem or f"After a TimeoutError, result() raised {one_line(error)}."
    return problem or (
        "" if lengths == [runs, runs] else f"After a TimeoutError, result() gives {lengths} of {runs} runs."
    )


@every_load
def test_display(load: Load, scenario: Scenario) -> None:
    """A progress display is correct on a terminal and in a file."""
    scenario.target.require("progress")
    for runs in scenario.sizes():
        printed = []
        log = EventLog()
        for name, redirect in (("terminal", printed_to_a_terminal), ("file", printed_to_a_file)):
            ctx = scenario.at(f"{runs}-{name}", workers=WORKERS, progress=True, on_event=log)
            sweep = PlannedSweep("watched", observed, [{"index": index} for index in range(runs)])
            with redirect() as text:
                audited = run_and_audit(sweep, ctx)
            scenario.judge(audited)
            printed.append(text())
        if not any(map(str.strip, printed)) and log.progress:
            scenario.not_applicable("this metalab shows no progress itself: it reports it by events")
        terminal, file = printed
        for problem in display_problems(terminal, file, runs):
            scenario.breaks(DISPLAY, f"A progress display of {runs} runs: {problem}.")


@every_load
def test_runtime_logger(load: Load, scenario: Scenario) -> None:
    """Runs that log at the same time by the loggers of their runtimes keep their own lines."""
    scenario.target.require("logs")
    for runs in scenario.sizes():
        ctx = scenario.at(str(runs), workers=WORKERS)
        sweep = PlannedSweep("runtime-logs", runtime_logs, [{"index": index} for index in range(runs)])
        with witnessing(ctx.witness, ctx.session):
            ctx.target.run(sweep.experiment(ctx.target), ctx.options)
        scenario.judge(audit_after(sweep, ctx))
        keys = {run_key(case, 0, 0) for case in sweep.cases}
        logged_runs = stored_runs(sweep, ctx, logs=True)
        if not any(key in (run.log or "") for run in logged_runs for key in keys):
            scenario.not_applicable("lines of this metalab's runtime logger are in no log of a run")
        for run in logged_runs:
            key = str(run.metrics.get(WITNESS_METRIC))
            violations = check_log(run.log, lines_of(key, 5), keys - {key}, run.run_id)
            report(scenario, (replace(violation, promise=LOGGER) for violation in violations))
