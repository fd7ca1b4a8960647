"""Long running: the ten-thousandth run is like the first.

Promise: while runs go by in one process, nothing piles up (memory, open files, threads, objects, loggers, temporary
files) and no run costs more than the ones before it. The bounds are in `BOUNDS` of `drift`.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.drive.run_and_audit import SWEEP_ENDS
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.options import Settings
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import STORED
from pytest_optbench.stress.process.child import ChildResult, ResourceLimits, run_child

from .drift import ResourceSample, leaks
from .soak import soak

NO_SLOWER = promise("long-running.calls-stay-flat")
FEW_FILES = promise("long-running.few-files")
SWEEPS = 20
SLOWER = 1.1  # times the calls at the start
SMALL_BATCH = 20
GRACE = 120.0  # seconds beyond the budget until a soak counts as hanging
SPARE_FILES = 40  # above those that the interpreter itself has open


def explain_load(load: Load, settings: Settings) -> str:
    batch = SMALL_BATCH if load.intensity == "extreme" else load.size // SWEEPS
    return f"sweeps of {batch:,} runs that do nothing; in each store, until it is read: {explain_runs(batch)}"


every_load = pytest.mark.breaking_point(
    "long-running", light=400, medium=30_000, heavy=300_000, extreme=1_000_000_000, explain=explain_load
)


def run_soak(scenario: Scenario, runs: int, batch: int, **bounds: int) -> ChildResult:
    """Run a soak in a child process, at extreme until the budget ends, and report its runs."""
    seconds = scenario.budget if scenario.load.intensity == "extreme" else 3_600.0
    limits = ResourceLimits(seconds=seconds + GRACE, **bounds)
    result = run_child(soak, str(scenario.folder), runs, batch, seconds, scenario.settings.workers, bounds=limits)
    if result.failed and "open_files" not in bounds:
        result.value_or_raise()
    if result.reported and result.error is None:
        counts = result.value["counts"]
        scenario.ran(executed=counts["executed"], audited=counts["stored"], seconds=result.wall)
        if counts["error"] is not None:
            scenario.breaks(SWEEP_ENDS, f"A sweep of {batch} runs ended with {counts['error']}.")
        if not counts["planned"] == counts["executed"] == counts["stored"]:
            message = f"{counts['executed']} were executed and {counts['stored']} are stored as successes"
            scenario.breaks(STORED, f"Of {counts['planned']} runs {message}.")
    return result


@every_load
def test_soak(load: Load, scenario: Scenario) -> None:
    """No resource grows with the runs, and the last run costs as much as the first."""
    batch = SMALL_BATCH if load.intensity == "extreme" else load.size // SWEEPS
    with scenario.quiet():
        measured = run_soak(scenario, load.size, batch).value_or_raise()
    samples = [ResourceSample(**sample) for sample in measured["samples"]]
    if len(samples) < 6:
        scenario.inconclusive(f"only {len(samples)} sweeps within the budget: give more with --optbench-budget")
    judge_calls(scenario, measured, samples[-1].runs)
    judge_leaks(scenario, samples)


def judge_leaks(scenario: Scenario, samples: list[ResourceSample]) -> None:
    """Record the growth of each resource; growth that these samples cannot decide makes the item inconclusive."""
    undecided = []
    for leak in leaks(samples):
        curve = [(sample.runs, getattr(sample, leak.name), leak.trend != "leak") for sample in samples]
        kind: Any = "time" if leak.name == "memory" else "count"  # pages are as noisy as time
        gained = max(0.0, leak.slope.per_step)
        scenario.limit(
            f"leak of {leak.name.replace('_', ' ')}", gained, f"{leak.unit}/run", curve, better="lower", kind=kind
        )
        scenario.measure(f"leak_of_{leak.name}_noticed_from_{leak.unit.replace(' ', '_')}_a_run", leak.noticed_from)
        if leak.trend == "leak":
            scenario.breaks(leak.promise, f"{leak.name} grows over {samples[-1].runs:,} runs: {leak}.", about=leak.name)
        if leak.trend == "undecided":
            undecided.append(f"{leak.name}: {leak}")
    if undecided:
        scenario.inconclusive(f"{'; '.join(undecided)}: more runs would decide it (use a higher intensity)")


def judge_calls(scenario: Scenario, measured: dict[str, Any], runs: int) -> None:
    early, late = measured["early"], measured["late"]
    flat = late <= SLOWER * early
    curve = [(0, early, True), (runs, late, flat)]
    scenario.limit("function calls per run at the end", late / early, "x the start", curve, better="lower")
    if not flat:
        counted = f"{early:,.0f} function calls per run at the start, {late:,.0f} after {runs:,} runs in one process"
        scenario.breaks(NO_SLOWER, f"{counted}: {late / early:.2f} times as many.")


@every_load
def test_few_files(load: Load, scenario: Scenario) -> None:
    """A process that may open only a few files finishes any number of runs."""
    most = max(1, load.size // 4 // SMALL_BATCH) * SMALL_BATCH
    result = run_soak(scenario, most, SMALL_BATCH, open_files=SPARE_FILES)
    measured = result.value if result.reported and result.error is None else None
    whole = measured is not None and measured["counts"]["stored"] == measured["counts"]["planned"]
    reached = len(measured["samples"]) * SMALL_BATCH if measured is not None else 0
    stopped = "broke" if not whole else "ceiling" if reached == most else "budget"
    scenario.limit(
        f"runs with {SPARE_FILES} files allowed open",
        reached if whole else 0,
        "runs",
        [(reached or most, reached, whole)],
        stopped=stopped,
    )
    if not whole:
        how = (
            f"it ended as follows: {result.describe()}"
            if measured is None
            else f"{measured['counts']['stored']} runs are stored"
        )
        scenario.breaks(FEW_FILES, f"With {SPARE_FILES} open files allowed, after {reached:,} runs of {most:,} {how}.")
