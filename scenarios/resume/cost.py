"""Count and time what it takes to resume a sweep in which everything is finished."""

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
    """Start a finished sweep again; what it executes, or raises, is reported."""
    experiment = planned_sweep.experiment(scenario.target)
    summary = scenario.target.run(experiment, ctx.options)
    if scenario.broken:  # it is told already
        return
    if summary.error is not None:
        scenario.breaks(
            SWEEP_ENDS, f"A finished sweep of {planned_sweep.runs} runs was started again: it raised {summary.error}."
        )
    elif summary.completed or summary.failed:
        executed = summary.completed + summary.failed
        scenario.breaks(EXACTLY, f"Of {planned_sweep.runs} runs 0 were missing, and {executed} executed.")


def timed(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def report_cost(
    scenario: Scenario, sizes: Sequence[int], calls: Sequence[RepeatedCount], taken: Sequence[Sequence[float]]
) -> None:
    grown = growth_of_counts(sizes, calls)
    side = grown.side_of(STEEPEST)
    counted = [(size, count.least / size, side == "within") for size, count in zip(sizes, calls, strict=True)]
    scenario.limit("resume growth exponent", grown.likely, "(1 = linear)", counted, better="lower", stopped="ceiling")
    seconds = [min(of_size) for of_size in taken]
    costs = [1e6 * second / sizes[-1] for second in taken[-1]]
    timed_curve = [(size, took / size * 1e6, True) for size, took in zip(sizes, seconds, strict=True)]
    scenario.limit("resume cost", min(costs), "us per run", timed_curve, better="lower", kind="time", samples=costs)
    reach = sizes[-1] * (10.0 / seconds[-1]) ** (1 / max(grown.likely, 1.0))
    scenario.limit(
        "largest sweep resumed within 10 s", reach, "runs (extrapolated)", timed_curve, kind="time", stopped="ceiling"
    )
    if side == "outside":
        few, many = calls[0].least / sizes[0], calls[-1].least / sizes[-1]
        told = f"{few:,.0f} function calls a run of {sizes[0]}, {many:,.0f} of {sizes[-1]}"
        scenario.breaks(LINEAR, f"{told}: they grow with exponent {grown.likely:.2f}.")
    elif side == "undecided":
        spread = f"the exponent lies between {grown.low:.2f} and {grown.high:.2f}"
        scenario.inconclusive(
            f"the function calls did not repeat, {spread}: a larger load or a less loaded machine would do"
        )
