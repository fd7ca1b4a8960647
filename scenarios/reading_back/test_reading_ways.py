"""Ways of reading back: tables of uneven runs, positions, unknown names, groups, and reading during a sweep.

Promise: a table is exact cell by cell, positions stay, unknown names are refused, groups are complete, runs that are
read while a sweep writes are whole, and the cost of reading, per run, does not depend on the number of runs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import Violation, smallest
from pytest_optbench.stress.measure.counts import growth_of_counts, repeated_count
from pytest_optbench.stress.measure.measure import count_calls
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, run_key, witnessing
from pytest_optbench.text import one_line
from pytest_optbench.workloads.basic import noop, paced
from pytest_optbench.workloads.observed import observed

from .uneven import Rows, check_cells, uneven

POSITIONS = promise("reading-back.steady-positions")
BY_NAME = promise("reading-back.refused-by-name")
WHOLE = promise("reading-back.whole-while-written")
GROUPS = promise("reading-back.displayed-groups")
LINEAR = promise("reading-back.linear-tables")
DERIVED = promise("reading-back.derived-metrics")
PANDAS = find_spec("pandas") is not None
NUMBER = re.compile(r"\d+(?:\.\d+)?")
NOWHERE = "there is no such name"
SECONDS = 0.02  # that each run takes while its sweep is watched
POLL = 0.01  # seconds between two readings
STEEPEST = 1.1  # exponent with which the cost of reading may grow with the number of runs
SHARES = (8, 4, 2, 1)  # divisors of the load: the sizes whose costs are compared

every_load = pytest.mark.breaking_point("reading-back", light=6, medium=300, heavy=3_000, extreme=10**9)
every_size = pytest.mark.breaking_point("reading-back", light=160, medium=1_024, heavy=100_000, extreme=10**9)


def run_sweep(scenario: Scenario, operation: Any, runs: int) -> tuple[PlannedSweep, SweepContext, Any]:
    """Run a sweep; returns the sweep, its context and its results."""
    scenario.target.require("results")
    ctx = scenario.at(str(runs))
    sweep = PlannedSweep("ways", operation, [{"index": index} for index in range(runs)])
    with witnessing(ctx.witness, ctx.session):
        started = ctx.target.start(sweep.experiment(ctx.target), ctx.options)
        summary = started.wait()
    assert summary is not None, "waited for without a limit"
    scenario.ran(executed=summary.raise_for_error().completed, audited=len(started.results), seconds=summary.seconds)
    return sweep, ctx, started.results


def load_runs(sweep: PlannedSweep, ctx: SweepContext) -> Any:
    """Load the results of a sweep by its store and id, or, if that finds nothing, by the folder with its name.

    A target that finds nothing is the subject of another part, `test_load_results`.
    """
    experiment, store = sweep.experiment(ctx.target), Path(ctx.options.store)
    results = ctx.target.load_results(str(store), experiment)
    folders = sorted(store.glob(f"{sweep.name}*"))
    return ctx.target.module.load_results(str(folders[0])) if folders and not len(results) else results


def report(scenario: Scenario, violations: Iterator[Violation]) -> None:
    for finding in smallest(violations):
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)


@every_load
def test_cells(load: Load, scenario: Scenario) -> None:
    """Tables of runs that captured different metrics: whole numbers beyond 2**53, booleans, text, and gaps."""
    for runs in scenario.sizes():
        sweep, _, results = run_sweep(scenario, uneven, runs)
        expected = {run_key(case, 0, 0): case["index"] for case in sweep.cases}
        report(scenario, check_cells("table()", results.table, expected, text=False))
        report(scenario, check_cells("to_csv()", partial(csv_rows, results, scenario), expected, text=True))
        if PANDAS:
            report(scenario, check_cells("to_dataframe()", partial(frame_rows, results), expected, text=False))


def frame_rows(results: Any) -> Rows:
    rows: Rows = results.to_dataframe().to_dict("records")
    return rows


def csv_rows(results: Any, scenario: Scenario) -> Rows:
    path = scenario.folder / "cells.csv"
    results.to_csv(str(path))
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@every_load
def test_positions(load: Load, scenario: Scenario) -> None:
    """Iteration, positions from both ends and slices agree, and so does the next reading."""
    for runs in scenario.sizes():
        sweep, ctx, results = run_sweep(scenario, uneven, runs)
        for method, (read, expected) in access_methods(results, sweep, ctx).items():
            try:
                found: object = read()
            except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
                found = one_line(error)
            if found != expected:
                scenario.breaks(POSITIONS, f"{method}: expected {expected}, found {found}.")
        try:
            behaviour = f"gave {results[len(results)]!r}"
        except IndexError:
            continue
        except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
            behaviour = f"raised {one_line(error)} instead of an IndexError"
        scenario.breaks(POSITIONS, f"Position {len(results)} of {len(results)} runs {behaviour}.")


def access_methods(
    results: Any, sweep: PlannedSweep, ctx: SweepContext
) -> dict[str, tuple[Callable[[], list[str]], list[str]]]:
    """Map each way of access to the runs to its function and the ids that it must return."""
    ids = ids_of(results)
    return {
        "iterated again": (lambda: ids_of(results), ids),
        "loaded again": (lambda: ids_of(load_runs(sweep, ctx)), ids_of(load_runs(sweep, ctx))),
        "loaded": (lambda: sorted(ids_of(load_runs(sweep, ctx))), sorted(ids)),
        "[i]": (lambda: ids_of(results[position] for position in range(len(ids))), ids),
        "[-1]": (lambda: ids_of([results[-1]]), ids[-1:]),
        "[1:3]": (lambda: ids_of(results[1:3]), ids[1:3]),
        "[::-1]": (lambda: ids_of(results[::-1]), ids[::-1]),
        "[:0]": (lambda: ids_of(results[:0]), []),
    }


def ids_of(runs: Iterable[Any]) -> list[str]:
    return [str(run.run_id) for run in runs]


@every_load
def test_unknown_names(load: Load, scenario: Scenario) -> None:
    """Reading an artifact or data that a run does not have is refused by name."""
    for runs in scenario.sizes():
        _, _, results = run_sweep(scenario, uneven, runs)
        run = results[0]
        readers = {"artifact": run.artifact, **({"data": run.data} if "data" in scenario.target.features else {})}
        for method, read in readers.items():
            try:
                scenario.breaks(BY_NAME, f"run.{method}({NOWHERE!r}) gave {read(NOWHERE)!r}.")
            except Exception as error:  # noqa: BLE001 - a refusal is expected, if it has the name
                if NOWHERE not in str(error):
                    scenario.breaks(BY_NAME, f"run.{method}({NOWHERE!r}) raised {one_line(error)}, without that name.")


@every_load
def test_groups(load: Load, scenario: Scenario) -> None:
    """A display that groups by a metric shows each of its values."""
    for runs in scenario.sizes():
        _, _, results = run_sweep(scenario, observed, runs)
        for column, share in (("index", 1.0), ("half", 0.5)):
            try:
                with redirect_stdout(io.StringIO()) as printed:
                    results.display(group_by=[column])
            except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
                scenario.breaks(GROUPS, f"display(group_by=[{column!r}]) raised {one_line(error)}.")
                continue
            shown = {float(number) for number in NUMBER.findall(printed.getvalue())}
            missing = {share * index for index in range(runs)} - shown
            if missing:
                message = f"display(group_by=[{column!r}]) shows {runs - len(missing)} of {runs} values"
                scenario.breaks(GROUPS, f"{message}; {min(missing)} is missing.")


@every_load
def test_derived(load: Load, scenario: Scenario) -> None:
    """Metrics derived from runs that have ended are stored, and read by a later session."""
    for runs in scenario.sizes():
        sweep, ctx, results = run_sweep(scenario, observed, runs)
        if not hasattr(results, "compute_derived"):
            scenario.not_applicable("its results offer no compute_derived")
        captured = {run.run_id: dict(run.metrics) for run in results}
        try:
            results.compute_derived([tenfold])
            found = {run.run_id: (dict(run.metrics), dict(run.derived)) for run in load_runs(sweep, ctx)}
            frame = results.to_dataframe(include_derived=True)["derived_tenfold"].tolist() if PANDAS else None
        except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
            scenario.breaks(DERIVED, f"compute_derived() or reading its metrics raised {one_line(error)}.")
            continue
        expected = {run_id: (metrics, {"tenfold": 10 * metrics["index"]}) for run_id, metrics in captured.items()}
        wrong = [run_id for run_id in expected if found.get(run_id) != expected[run_id]]
        if wrong:
            message = f"Run {wrong[0]}: expected {expected[wrong[0]]}, found {found.get(wrong[0])}."
            scenario.breaks(DERIVED, message, len(wrong) - 1)
        if frame is not None and sorted(frame) != sorted(10 * index for index in range(runs)):
            scenario.breaks(DERIVED, f"to_dataframe(include_derived=True): derived_tenfold is {frame}.")


def tenfold(run: Any) -> dict[str, int]:
    """Derive a metric."""
    return {"tenfold": 10 * run.metrics["index"]}


@every_load
def test_while_written(load: Load, scenario: Scenario) -> None:
    """Results that are read repeatedly while a sweep writes them are whole."""
    scenario.target.require("results", "status")
    for runs in scenario.sizes():
        ctx = scenario.at(str(runs), workers=2)
        sweep = PlannedSweep("ways", paced, [{"index": index, "seconds": SECONDS} for index in range(runs)])
        keys = {run_key(case, 0, 0) for case in sweep.cases}
        readings, previous = 0, 0
        with witnessing(ctx.witness, ctx.session):
            started = ctx.target.start(sweep.experiment(ctx.target), ctx.options)
            while (summary := started.wait(POLL)) is None:
                readings += 1
                previous = read_early(scenario, sweep, ctx, keys, previous)
        summary.raise_for_error()
        final = read_early(scenario, sweep, ctx, keys, previous)
        if final != runs:
            scenario.breaks(WHOLE, f"After the end of the sweep {final} of {runs} runs are read.")
        scenario.ran(executed=summary.completed, audited=final, seconds=summary.seconds)
        if not readings:
            scenario.inconclusive("the sweep ended before anything was read: repeat it with more runs")


def read_early(scenario: Scenario, sweep: PlannedSweep, ctx: SweepContext, keys: set[str], previous: int) -> int:
    """Read the results; returns the number of ended runs, or the previous number where that was larger."""
    try:
        found = [run for run in load_runs(sweep, ctx) if str(getattr(run.status, "value", run.status)) != "running"]
        broken = [run.run_id for run in found if run.metrics.get(WITNESS_METRIC) not in keys]
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        if previous or not is_empty(error):
            scenario.breaks(WHOLE, f"Reading with {previous} runs stored raised {one_line(error)}.")
        return previous
    if broken:
        scenario.breaks(WHOLE, f"Run {broken[0]} has ended, and its metric is missing.", len(broken) - 1)
    if len(found) < previous:
        scenario.breaks(WHOLE, f"{len(found)} ended runs are read, after {previous} in an earlier reading.")
    return max(previous, len(found))


def is_empty(error: Exception) -> bool:
    """Return whether an error may mean only that nothing is stored yet."""
    return not isinstance(error, OSError) or isinstance(error, FileNotFoundError)


@every_size
def test_growth(load: Load, scenario: Scenario) -> None:
    """The function calls per run for a table and a filter do not depend on the number of runs."""
    for size in scenario.sizes():
        _, _, results = run_sweep(scenario, noop, size)
        for method, read in (("table()", read_table), ("successful", read_successful)):
            judge_growth(scenario, results, method, read)


def read_table(results: Any) -> None:
    results.table()


def read_successful(results: Any) -> None:
    list(results.successful)


def judge_growth(scenario: Scenario, results: Any, method: str, read: Callable[[Any], None]) -> None:
    """Count the calls of one way of reading for parts of the results, and compare them."""
    sizes = [len(results) // share for share in SHARES]
    counts = [repeated_count(partial(count_calls, read, results[:runs])) for runs in sizes]
    growth = growth_of_counts(sizes, counts)
    scenario.limit(f"growth of {method}", growth.likely, "exponent of calls", better="lower")
    if growth.side_of(STEEPEST) == "outside":
        calls = f"{counts[0].least:,} calls for {sizes[0]} runs, {counts[-1].least:,} for {sizes[-1]}"
        scenario.breaks(LINEAR, f"{method} takes {calls}: that grows by a power of {growth.likely:.2f}.")
    elif growth.side_of(STEEPEST) == "undecided":
        scenario.inconclusive(f"{method}: the calls of one reading do not repeat: measure again")
