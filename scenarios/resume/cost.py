"""The cost of resuming a finished sweep, in function calls and in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import SWEEP_ENDS
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.counts import RepeatedCount, growth_of_counts

EXACTLY = promise("resume.exactly-missing")
LINEAR = promise("resume.linear-cost")
STEEPEST = 1.2  # at these sizes that of n log n is 1.3, that of a + b n is 1.0


def resume_finished(scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext) -> None:
    """Start a finished sweep again, and report a break if it raises or executes a run."""
    experiment = planned_sweep.experiment(scenario.target)
    summary = scenario.target.run(experiment, ctx.options)
    if scenario.broken:  # already reported
        return
    if summary.error is not None:
        scenario.breaks(
            SWEEP_ENDS, f"A finished sweep of {planned_sweep.runs} runs was started again: it raised {summary.error}."
        )
    elif summary.completed or summary.failed:
        executed = summary.completed + summary.failed
        scenario.breaks(EXACTLY, f"Of {planned_sweep.runs} runs 0 were missing, and {executed} executed.")


def time_call(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def report_cost(
    scenario: Scenario, sizes: Sequence[int], calls: Sequence[RepeatedCount], samples: Sequence[Sequence[float]]
) -> None:
    growth = growth_of_counts(sizes, calls)
    side = growth.side_of(STEEPEST)
    counted = [(size, count.least / size, side == "within") for size, count in zip(sizes, calls, strict=True)]
    scenario.limit("resume growth exponent", growth.likely, "(1 = linear)", counted, better="lower", stopped="ceiling")
    seconds = [min(of_size) for of_size in samples]
    costs = [1e6 * second / sizes[-1] for second in samples[-1]]
    timed_curve = [(size, second / size * 1e6, True) for size, second in zip(sizes, seconds, strict=True)]
    scenario.limit("resume cost", min(costs), "us per run", timed_curve, better="lower", kind="time", samples=costs)
    reach = sizes[-1] * (10.0 / seconds[-1]) ** (1 / max(growth.likely, 1.0))
    scenario.limit(
        "largest sweep resumed within 10 s", reach, "runs (extrapolated)", timed_curve, kind="time", stopped="ceiling"
    )
    if side == "outside":
        few, many = calls[0].least / sizes[0], calls[-1].least / sizes[-1]
        per_run = f"{few:,.0f} function calls per run of {sizes[0]} runs, {many:,.0f} per run of {sizes[-1]}"
        scenario.breaks(LINEAR, f"Resuming takes {per_run}: they grow with exponent {growth.likely:.2f}.")
    elif side == "undecided":
        spread = f"the exponent lies between {growth.low:.2f} and {growth.high:.2f}"
        scenario.inconclusive(
            f"the function calls did not repeat, {spread}: repeat with a larger load or on a less loaded machine"
        )
