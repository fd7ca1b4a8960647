"""Long running: the ten-thousandth run is like the first.

Promise: while runs go by in one process, nothing piles up (memory, open files, threads, objects, loggers, temporary
files) and no run costs more than the ones before it.
"""

from __future__ import annotations

import pytest

from pytest_optbench.bench import Bench
from pytest_optbench.collection import Load
from pytest_optbench.experiment.soak import soak
from pytest_optbench.stress.child import Bounds, Ended, run_child
from pytest_optbench.stress.drift import Held, leaks
from pytest_optbench.stress.limits import largest

NOTHING_PILES_UP = "Nothing piles up in a process while runs go by."
NO_SLOWER = "A run costs no more than the runs before it."
FEW_FILES = "Runs do not use up the files that a process may have open."
STORED = "Every run that ends is stored."
SWEEPS = 20
EXTRA = 3  # sweeps of a soak beside those that are looked at
SLOWER = 1.1  # times the calls at the start; they repeat but for what threads that wait for each other do
SMALL_BATCH = 20
GRACE = 120.0  # seconds beyond the budget until a soak counts as hanging
SPARE_FILES = 40  # above those that the interpreter itself has open

every_load = pytest.mark.breaking_point("long-running", light=400, medium=30_000, heavy=300_000, extreme=1_000_000_000)


def seconds_of(load: Load, bench: Bench) -> float:
    return bench.settings.budget if load.intensity == "extreme" else 3_600.0


def soaked(load: Load, bench: Bench, batch: int, **bounds: int) -> Ended:
    """A soak in a child process, and the runs it stored in the books."""
    seconds = seconds_of(load, bench)
    limits = Bounds(seconds=seconds + GRACE, **bounds)
    arguments = (str(bench.folder), load.size, batch, seconds, bench.settings.workers)
    ended = run_child(soak, *arguments, bounds=limits)
    if ended.failed and "open_files" not in bounds:
        ended.value_or_raise()
    if ended.reported and ended.error is None:
        runs = (len(ended.value["held"]) + EXTRA) * batch
        bench.ran(executed=runs, audited=ended.value["stored"], seconds=ended.wall)
        if ended.value["stored"] != runs:
            bench.breaks(STORED, f"Of {runs} runs {ended.value['stored']} are stored as successes.")
    return ended


@every_load
def test_soak(load: Load, bench: Bench) -> None:
    """Nothing piles up, and the last run costs what the first did."""
    batch = SMALL_BATCH if load.intensity == "extreme" else (load.size or 0) // SWEEPS
    with bench.quiet():
        told = soaked(load, bench, batch).value_or_raise()
    held = [Held(**sample) for sample in told["held"]]
    if len(held) < 6:
        bench.inconclusive(f"only {len(held)} sweeps within the budget: give more with --optbench-budget")
    for leak in leaks(held):
        curve = [(sample.runs, getattr(sample, leak.name), leak.is_flat) for sample in held]
        kind = "time" if leak.name == "memory" else "count"  # pages are as noisy as time
        gained = max(0.0, leak.slope.per_step)
        bench.limit(f"leak of {leak.name}", gained, f"{leak.unit}/run", curve, better="lower", kind=kind)
        if not leak.is_flat:
            bench.breaks(NOTHING_PILES_UP, f"{leak.name} grows over {held[-1].runs:,} runs: {leak}.", about=leak.name)
    early, late = told["early"], told["late"]
    flat = late <= SLOWER * early
    bench.limit(
        "calls a run",
        late / early,
        "x those at the start",
        [(0, early, True), (held[-1].runs, late, flat)],
        better="lower",
    )
    if not flat:
        told = (
            f"{early:,.0f} function calls a run at the start, {late:,.0f} after {held[-1].runs:,} runs in one process"
        )
        bench.breaks(NO_SLOWER, f"{told}: {late / early:.2f} times as many.")


@every_load
def test_few_files(load: Load, bench: Bench) -> None:
    """A process that may open few files finishes any number of runs."""

    stories: list[str] = []

    def bears(runs: int) -> tuple[float, bool]:
        ended = soaked(Load(load.point, load.intensity, runs), bench, SMALL_BATCH, open_files=SPARE_FILES)
        stored = ended.value["stored"] if ended.reported and ended.error is None else 0
        stories.append(ended.story())
        return stored, stored == runs + EXTRA * SMALL_BATCH

    most = max(1, min(load.size or 0, 40_000) // 4 // SMALL_BATCH) * SMALL_BATCH
    limit = largest(bears, start=most, ceiling=most, budget=seconds_of(load, bench))
    bench.found(f"with {SPARE_FILES} files", limit, "runs")
    if limit.value < most:
        bench.breaks(
            FEW_FILES,
            f"With {SPARE_FILES} open files allowed, {limit.curve[0].value:.0f} runs ended of {most}: {stories[0]}.",
        )
