"""Reading back: every documented way to read results agrees with what was executed, and with every other way.

Promise: a run reads back with its status, metrics, parameters, tags, error, duration, provenance, structured data,
figures and notes; tables, filters and summaries hold every run once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import Violation, smallest
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, run_key, witnessing
from pytest_optbench.text import one_line
from pytest_optbench.workloads.observed import FAILURE, FIGURE, NOTES, observed, values_of

from .read_back import ExpectedRun, Sweep, check_filters, check_runs, check_summary, check_tables

FOUND_AGAIN = promise("reading-back.found-again")
DATA = promise("reading-back.data")
FIGURES = promise("reading-back.figures")
METADATA = promise("reading-back.metadata")
SECONDS = 0.01  # that each run sleeps at least
TAGS = ("stress", "caf\u00e9", "a,b")
PNG = b"\x89PNG"

every_load = pytest.mark.breaking_point("reading-back", light=6, medium=300, heavy=10_000, extreme=10**9)


def run_sweep(
    scenario: Scenario, runs: int, parts: str = "", seconds: float = 0.0
) -> tuple[Any, Sweep, SweepContext, Any]:
    """Run a sweep of which every third run fails; returns its results, expectation, context and experiment."""
    scenario.target.require("results")
    ctx = scenario.at(str(runs))
    cases = [{"index": index, "fail": index % 3 == 2, "parts": parts, "seconds": seconds} for index in range(runs)]
    experiment = scenario.target.experiment(
        name="reading-back", version="1", operation=observed, params=cases, tags=TAGS, description="read it back"
    )
    with witnessing(ctx.witness, ctx.session):
        started = scenario.target.start(experiment, ctx.options)
        summary = started.wait()
    assert summary is not None, "waited for without a limit"
    summary.raise_for_error()
    executions = [execution for execution in read(ctx.witness) if execution.outcome != "interrupted"]
    metrics = {execution.key: execution.metrics or {} for execution in executions}
    expected_runs = {}
    for case in cases:
        key = run_key(case, 0, 0)
        error = f"run {case['index']} {FAILURE}" if case["fail"] else ""
        status = "failed" if case["fail"] else "success"
        expected_runs[key] = ExpectedRun(key, status, case, metrics.get(key, {}), error)
    scenario.ran(executed=len(executions), audited=len(started.results), seconds=summary.seconds)
    sweep = Sweep(expected_runs, summary.seconds, seconds, TAGS, str(observed.code_hash))
    return started.results, sweep, ctx, experiment


def report(scenario: Scenario, violations: Iterable[Violation]) -> None:
    for finding in smallest(violations):
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)


@every_load
def test_runs(load: Load, scenario: Scenario) -> None:
    """Each run of the results holds what was planned and captured, its duration, and the hash of its code."""
    for runs in scenario.sizes():
        results, sweep, _, _ = run_sweep(scenario, runs, seconds=SECONDS)
        report(scenario, check_runs(results, sweep))


@every_load
def test_tables(load: Load, scenario: Scenario) -> None:
    """Table, CSV and data frame hold every run and its metrics."""
    for runs in scenario.sizes():
        results, sweep, _, _ = run_sweep(scenario, runs)
        report(scenario, check_tables(results, sweep, scenario.folder))


@every_load
def test_filters(load: Load, scenario: Scenario) -> None:
    """Selections by status, metric and position return the runs that match."""
    for runs in scenario.sizes():
        results, sweep, _, _ = run_sweep(scenario, runs)
        report(scenario, check_filters(results, sweep))


@every_load
def test_summary(load: Load, scenario: Scenario) -> None:
    """A summary counts the runs by status."""
    for runs in scenario.sizes():
        results, sweep, _, _ = run_sweep(scenario, runs)
        report(scenario, check_summary(results, sweep))


@every_load
def test_load_results(load: Load, scenario: Scenario) -> None:
    """`load_results` finds the results of a sweep afterwards, by store and id."""
    for runs in scenario.sizes():
        _, sweep, ctx, experiment = run_sweep(scenario, runs, seconds=SECONDS)
        results = scenario.target.load_results(ctx.options.store, experiment)
        if len(results) != runs:
            scenario.breaks(FOUND_AGAIN, f"Of {runs} runs in the store, load_results(store, id) gives {len(results)}.")
        else:
            report(scenario, check_runs(results, sweep))


@every_load
def test_data(load: Load, scenario: Scenario) -> None:
    """`run.data` returns the values given to `capture.data`."""
    scenario.target.require("data")
    for runs in scenario.sizes():
        results, _, _, _ = run_sweep(scenario, runs, "data")
        report(scenario, (violation for run in results for violation in check_data(run)))


def check_data(run: Any) -> Iterator[Violation]:
    for name, value in values_of(run.metrics["index"]).items():
        try:
            data = run.data(name)
        except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
            data = one_line(error)
        found, expected = (item.tolist() if hasattr(item, "tolist") else item for item in (data, value))
        if found != expected:
            yield Violation(DATA, f"Run {run.run_id}: data({name!r}): expected {expected}, found {found}.", where=name)


@every_load
def test_figures(load: Load, scenario: Scenario) -> None:
    """A figure given to `capture.figure` is an image in the store."""
    if find_spec("matplotlib") is None:
        scenario.not_applicable("matplotlib is not installed: pip install matplotlib")
    for runs in scenario.sizes():
        results, _, ctx, experiment = run_sweep(scenario, runs, "figure")
        stored = scenario.target.read(ctx.options.store, experiment).by_id()
        for run in results:
            report(scenario, check_figure(run, stored[run.run_id].artifacts.get(FIGURE)))


def check_figure(run: Any, listed: Any) -> Iterator[Violation]:
    value: Any = None
    try:
        value = run.artifact(FIGURE)
        image = value if isinstance(value, bytes) else bytes(getattr(value, "read_bytes", bytes)())
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        image = one_line(error).encode()
    if listed is None or not image.startswith(PNG):
        problem = "is not listed" if listed is None else f"begins with {image[:40]!r}, as a {type(value).__name__}"
        yield Violation(FIGURES, f"Run {run.run_id}: its figure {problem}.", where=FIGURE)


@every_load
def test_metadata(load: Load, scenario: Scenario) -> None:
    """The metadata of an artifact is stored with it."""
    for runs in scenario.sizes():
        results, _, _, _ = run_sweep(scenario, runs, "artifact")
        report(scenario, (violation for run in results for violation in check_metadata(run)))


def check_metadata(run: Any) -> Iterator[Violation]:
    notes = [
        dict(listed.metadata)
        for listed in run.record.artifacts
        if getattr(listed, "name", None) == "noted" and run.metrics.get(WITNESS_METRIC)
    ]
    kept = notes and {name: notes[0].get(name) for name in NOTES}
    if kept != NOTES:
        yield Violation(METADATA, f"Run {run.run_id}: expected {dict(NOTES)}, found {kept}.", where="noted")
