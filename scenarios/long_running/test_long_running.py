"""Long running: the ten-thousandth run is like the first.

Promise: while runs go by in one process, nothing piles up (memory, open files, threads, objects, loggers, temporary
files) and no run costs more than the ones before it. How much a process may gain by a run stands in `stress.drift`.
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
    """A soak in a child process, at extreme until the budget ends, and its runs in the books."""
    seconds = scenario.budget if scenario.load.intensity == "extreme" else 3_600.0
    limits = ResourceLimits(seconds=seconds + GRACE, **bounds)
    ended = run_child(soak, str(scenario.folder), runs, batch, seconds, scenario.settings.workers, bounds=limits)
    if ended.failed and "open_files" not in bounds:
        ended.value_or_raise()
    if ended.reported and ended.error is None:
        books = ended.value["books"]
        scenario.ran(executed=books["executed"], audited=books["stored"], seconds=ended.wall)
        if books["error"] is not None:
            scenario.breaks(SWEEP_ENDS, f"A sweep of {batch} runs ended with {books['error']}.")
        if not books["planned"] == books["executed"] == books["stored"]:
            told = f"{books['executed']} were executed and {books['stored']} are stored as successes"
            scenario.breaks(STORED, f"Of {books['planned']} runs {told}.")
    return ended


@every_load
def test_soak(load: Load, scenario: Scenario) -> None:
    """Nothing piles up, and the last run costs what the first did."""
    batch = SMALL_BATCH if load.intensity == "extreme" else load.size // SWEEPS
    with scenario.quiet():
        told = run_soak(scenario, load.size, batch).value_or_raise()
    held = [ResourceSample(**sample) for sample in told["held"]]
    if len(held) < 6:
        scenario.inconclusive(f"only {len(held)} sweeps within the budget: give more with --optbench-budget")
    judge_calls(scenario, told, held[-1].runs)
    judge_leaks(scenario, held)


def judge_leaks(scenario: Scenario, held: list[ResourceSample]) -> None:
    """Record what the process gained of each thing; a gain that these samples cannot tell leaves the item open."""
    undecided = []
    for leak in leaks(held):
        curve = [(sample.runs, getattr(sample, leak.name), leak.trend != "leak") for sample in held]
        kind: Any = "time" if leak.name == "memory" else "count"  # pages are as noisy as time
        gained = max(0.0, leak.slope.per_step)
        scenario.limit(
            f"leak of {leak.name.replace('_', ' ')}", gained, f"{leak.unit}/run", curve, better="lower", kind=kind
        )
        scenario.measure(f"leak_of_{leak.name}_noticed_from_{leak.unit.replace(' ', '_')}_a_run", leak.noticed_from)
        if leak.trend == "leak":
            scenario.breaks(leak.promise, f"{leak.name} grows over {held[-1].runs:,} runs: {leak}.", about=leak.name)
        if leak.trend == "undecided":
            undecided.append(f"{leak.name}: {leak}")
    if undecided:
        scenario.inconclusive(f"{'; '.join(undecided)}: more runs would tell (a higher intensity)")


def judge_calls(scenario: Scenario, told: dict[str, Any], runs: int) -> None:
    early, late = told["early"], told["late"]
    flat = late <= SLOWER * early
    curve = [(0, early, True), (runs, late, flat)]
    scenario.limit("function calls per run at the end", late / early, "x the start", curve, better="lower")
    if not flat:
        counted = f"{early:,.0f} function calls a run at the start, {late:,.0f} after {runs:,} runs in one process"
        scenario.breaks(NO_SLOWER, f"{counted}: {late / early:.2f} times as many.")


@every_load
def test_few_files(load: Load, scenario: Scenario) -> None:
    """A process that may open few files finishes any number of runs."""
    most = max(1, load.size // 4 // SMALL_BATCH) * SMALL_BATCH
    ended = run_soak(scenario, most, SMALL_BATCH, open_files=SPARE_FILES)
    told = ended.value if ended.reported and ended.error is None else None
    whole = told is not None and told["books"]["stored"] == told["books"]["planned"]
    reached = len(told["held"]) * SMALL_BATCH if told is not None else 0
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
            f"it ended as follows: {ended.describe()}" if told is None else f"{told['books']['stored']} runs are stored"
        )
        scenario.breaks(FEW_FILES, f"With {SPARE_FILES} open files allowed, after {reached:,} runs of {most:,} {how}.")
