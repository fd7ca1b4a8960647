"""Compare a sweep on several workers with the same sweep on one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from pytest_optbench.benchmark.sweep import Sweep
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import run_and_audit, successes_in
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.report.statistics import judge, noise_floor, paired_ratio
from pytest_optbench.stress.audit.promises import STORED
from pytest_optbench.stress.measure.interleave import interleaved
from pytest_optbench.stress.measure.scaling import efficiency, knee, steady_cost
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target.locators import remove_store

SUCCEEDS = promise("throughput.no-needless-failures")
SLOWER = 1.25  # how many times slower than one worker counts as slower
NOT_SLOWER = promise("throughput.workers-not-slower")
MOST_ROUNDS = {"light": 48, "medium": 48, "heavy": 96, "extreme": 96}  # fewer if the budget ends or they decide
PAIRS = 11  # fewest rounds in which workers can be significantly slower


def time_sweep(scenario: Scenario, planned_sweep: PlannedSweep | Sweep, ctx: SweepContext) -> float:
    """Run a sweep that must succeed; returns the seconds. `check_and_clear` examines the stored runs."""
    experiment = planned_sweep.experiment(scenario.target)
    started = time.perf_counter()
    summary = scenario.target.run(experiment, ctx.options)
    seconds = time.perf_counter() - started
    if summary.failed:
        scenario.breaks(
            SUCCEEDS,
            f"{planned_sweep.name}: {summary.failed} of {summary.total} runs failed, without a cause in the operation.",
        )
    return seconds


def check_and_clear(scenario: Scenario, planned_sweep: PlannedSweep | Sweep, ctx: SweepContext) -> None:
    """Check that all runs of a sweep are stored, and remove its store."""
    stored = len(successes_in(planned_sweep, ctx)) if Path(ctx.options.store).is_dir() else 0
    if stored != planned_sweep.runs:
        scenario.breaks(
            STORED, f"Of the {planned_sweep.runs} runs of {planned_sweep.name} {stored} are stored as successes."
        )
    scenario.ran(executed=stored, audited=0, seconds=0.0)
    remove_store(ctx.options.store)


def compare_workers(scenario: Scenario, planned_sweep: PlannedSweep, executor: str, numbers: Sequence[int]) -> None:
    """Time a sweep with each number of workers in turn, and compare each with one worker."""
    contexts = {number: scenario.at(f"{executor}-{number}", executor=executor, workers=number) for number in numbers}
    audited = scenario.at(f"audited-{planned_sweep.runs}", executor=executor, workers=max(numbers))
    scenario.judge(run_and_audit(planned_sweep, audited))
    costs = {number: lambda ctx=ctx: time_of_a_run(scenario, planned_sweep, ctx) for number, ctx in contexts.items()}
    with scenario.quiet():
        samples = sample_in_turn(scenario, costs)
        if slower := [number for number in numbers[1:] if verdict(samples, number) == "fail"]:
            again = sample_in_turn(scenario, costs)  # a break must be seen twice
            slower = [number for number in slower if verdict(again, number) == "fail"]
    record_rates(scenario, planned_sweep, executor, samples)
    for number in slower:
        report_slower(scenario, planned_sweep, executor, number, samples)
    undecided = [number for number in numbers[1:] if number not in slower and cost_ratio(samples, number) > SLOWER]
    if undecided and not slower:
        _, advice = judge(paired_ratio(samples[1], samples[undecided[0]]), SLOWER)
        scenario.inconclusive(f"{undecided[0]} {executor} workers against one: {advice}")


def sample_in_turn(scenario: Scenario, costs: Mapping[int, Callable[[], float]]) -> dict[int, list[float]]:
    """Sample each cost in turn until all are decided, or the budget is spent after at least `PAIRS` samples."""
    deadline = time.monotonic() + scenario.search_budget

    def enough(samples: Mapping[int, list[float]]) -> bool:
        return are_decided(samples) or (len(samples[1]) >= PAIRS and time.monotonic() > deadline)

    return interleaved(costs, enough, MOST_ROUNDS[scenario.load.intensity])


def time_of_a_run(scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext) -> float:
    """Measure the seconds per run, in processes only those of the steady part: processes need time to start."""
    if ctx.options.executor == "thread":
        seconds = time_sweep(scenario, planned_sweep, ctx)
        check_and_clear(scenario, planned_sweep, ctx)
        return seconds / planned_sweep.runs
    ctx.witness.unlink(missing_ok=True)
    with witnessing(ctx.witness):
        time_sweep(scenario, planned_sweep, ctx)
    check_and_clear(scenario, planned_sweep, ctx)
    return steady_cost(read(ctx.witness))


def are_decided(samples: Mapping[int, list[float]]) -> bool:
    """Return whether each number of workers is clearly faster than one, or has a verdict."""
    return all(
        cost_ratio(samples, number) <= 1 / SLOWER or verdict(samples, number) != "inconclusive"
        for number in samples
        if number != 1
    )


def verdict(samples: Mapping[int, list[float]], number: int) -> str:
    return judge(paired_ratio(samples[1], samples[number]), SLOWER, noise_floor(samples[1]))[0]


def cost_ratio(samples: Mapping[int, list[float]], number: int) -> float:
    return paired_ratio(samples[1], samples[number]).value


def report_slower(
    scenario: Scenario, planned_sweep: PlannedSweep, executor: str, number: int, samples: Mapping[int, list[float]]
) -> None:
    ratio = paired_ratio(samples[1], samples[number])
    comparison = (
        f"{planned_sweep.runs} runs by {number} {executor} workers took {ratio.value:.2f} times as long as by one"
    )
    scenario.breaks(NOT_SLOWER, f"{comparison} ({ratio.low:.2f} to {ratio.high:.2f} in {ratio.samples} pairs).")


def record_rates(
    scenario: Scenario, planned_sweep: PlannedSweep, executor: str, samples: Mapping[int, list[float]]
) -> None:
    rates = {number: 1 / median(costs) for number, costs in samples.items()}
    curve = [(number, rate, cost_ratio(samples, number) <= SLOWER) for number, rate in rates.items()]
    best = max(rates, key=lambda number: rates[number])
    scenario.limit(f"best rate of {executor} workers", rates[best], "runs/s", curve, kind="time")
    scenario.measure(f"best_number_of_{executor}_workers", best)
    scenario.measure(f"knee_of_{executor}_workers", knee(rates))
    scenario.measure(f"efficiency_of_{max(rates)}_{executor}_workers", efficiency(rates)[max(rates)])
    title = f"Runs a second by {executor} workers"
    scenario.chart(title, "workers", "runs/s", {planned_sweep.name: rates.items()})
