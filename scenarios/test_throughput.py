"""Throughput: what a run costs, whatever it does, however many there are, and however many workers there are.

Promise: total cost grows linearly with the runs; more workers are never slower than one. Growth is judged on counted
function calls, which repeat. Workers are compared in turns and in the quiet lane, by ranks; where this machine cannot
decide, the verdict is inconclusive.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from pytest_optbench.bench import Bench
from pytest_optbench.collection import Load
from pytest_optbench.experiment.audited import drive_audited
from pytest_optbench.experiment.payload import PAYLOAD, payload
from pytest_optbench.experiment.place import Place
from pytest_optbench.experiment.remote import renewed
from pytest_optbench.experiment.sweep import Sweep
from pytest_optbench.experiment.trial import Trial
from pytest_optbench.experiment.workloads import noop, paced
from pytest_optbench.report.statistics import judge, noise_floor, paired_ratio
from pytest_optbench.stress.calibration import calibrate
from pytest_optbench.stress.history import read
from pytest_optbench.stress.interleave import interleaved
from pytest_optbench.stress.measure import count_calls, growth_at_the_end
from pytest_optbench.stress.scaling import efficiency, knee, steady_cost
from pytest_optbench.stress.witness import witnessing
from pytest_optbench.target import Started
from pytest_optbench.target.dialect import Counts

LINEAR = "The cost of a sweep grows linearly with its runs."
SUCCEEDS = "What has no reason to fail succeeds."
GATHERED = "Gathering the results of a sweep costs a run as much in a large sweep as in a small one."
NOT_SLOWER = "More workers are never slower than one."
STEEPEST = 1.1  # growth exponent of a cost that still counts as linear; counted calls repeat, so it has no noise
SLOWER = 1.25  # how many times slower than one worker counts as slower
ROUNDS = 5
WORKERS = {"light": (1, 2), "medium": (1, 2, 4, 8), "heavy": (1, 2, 4, 8, 16)}
MOST_ROUNDS = {"light": 48, "medium": 48, "heavy": 96}  # within the budget, and only until they tell
PAIRS = 11  # fewest rounds in which workers can be significantly slower at all
LOOK = 0.01  # seconds between two looks at how far a sweep is
# Runs sleep, so that workers have something to overlap: where there is nothing, other work on the machine decides.
NAP, SHORT_NAP = 0.05, 0.01  # seconds, where workers are processes, and where they are threads


@pytest.mark.breaking_point("throughput", light=256, medium=1_024, heavy=131_072)
def test_growth(load: Load, bench: Bench) -> None:
    """A run costs as many function calls in a large sweep as in a small one."""
    sizes = [(load.size or 0) // part for part in (8, 4, 2, 1)]
    trials = [Trial(f"growth-{size}", noop, [{"n": n} for n in range(size)]) for size in sizes]
    bench.judge(drive_audited(trials[0], bench.at("audited")))
    calls = [count_calls(sweep, bench, trial, bench.at(trial.name)) for trial in trials]
    with bench.quiet():
        seconds = {trial.runs: processor_seconds(bench, trial) for trial in (trials[0], trials[-1])}
    grown = growth_at_the_end(sizes, calls)
    curve = [(size, cost / size, grown.exponent <= STEEPEST) for size, cost in zip(sizes, calls, strict=True)]
    bench.limit("growth of a sweep", grown.exponent, "exponent of calls", curve, better="lower", stopped="ceiling")
    timed = [(size, took / size * 1e6, True) for size, took in seconds.items()]
    bench.limit("processor time", timed[-1][1], "us a run", timed, better="lower", kind="time", stopped="ceiling")
    if grown.exponent > STEEPEST:
        few, many = calls[0] / sizes[0], calls[-1] / sizes[-1]
        told = f"{few:,.0f} function calls a run of {sizes[0]}, {many:,.0f} a run of {sizes[-1]}"
        bench.breaks(LINEAR, f"{told}: the cost of one more run grows; the whole sweep by {grown.exponent:.2f}.")


@pytest.mark.breaking_point("throughput", light=256, medium=1_024, heavy=8_192)
def test_gathering(load: Load, bench: Bench) -> None:
    """Once a sweep has ended, its results cost as many function calls a run whether there are many or few."""
    bench.target.require("status")  # where `run` blocks, it gathers too, and `test_growth` has counted it
    sizes, place = [(load.size or 0) // part for part in (8, 4, 2, 1)], bench.at()
    trials = [Trial("gathering", noop, [{"n": n} for n in range(size)]) for size in sizes]
    calls = [calls_to_gather(bench, trial, renewed(place)) for trial in trials]
    grown = growth_at_the_end(sizes, calls)
    linear = grown.exponent <= STEEPEST
    curve = [(size, cost / size, linear) for size, cost in zip(sizes, calls, strict=True)]
    bench.limit("growth of gathering", grown.exponent, "exponent of calls", curve, better="lower", stopped="ceiling")
    if not linear:
        few, many = calls[0] / sizes[0], calls[-1] / sizes[-1]
        told = f"The handle's result() takes {few:,.0f} function calls a run after a sweep of {sizes[0]} skipped runs"
        bench.breaks(GATHERED, f"{told}, {many:,.0f} after one of {sizes[-1]}: it grows by {grown.exponent:.2f}.")


def calls_to_gather(bench: Bench, trial: Trial, place: Place) -> int:
    """Complete a sweep, start it again, and count the calls for its results once every run was skipped."""
    bench.judge(drive_audited(trial, place))
    started = bench.target.start(trial.experiment(bench.target), place.drive)
    deadline = time.monotonic() + bench.settings.budget
    while ended(started.status) < trial.runs and time.monotonic() < deadline:
        time.sleep(LOOK)
    return count_calls(sound_end, started)


def sound_end(started: Started) -> None:
    summary = started.wait()
    assert summary is not None, "nobody gave it a limit"
    summary.sound()


def ended(counts: Counts) -> int:
    return counts.skipped + counts.completed + counts.failed


def sweep(bench: Bench, trial: Trial | Sweep, place: Place) -> float:
    """Run a sweep that must succeed, remove its store, and tell the seconds it took."""
    experiment = trial.experiment(bench.target)
    began = time.perf_counter()
    summary = bench.target.run(experiment, place.drive)
    took = time.perf_counter() - began
    if summary.failed:
        bench.breaks(
            SUCCEEDS, f"{trial.name}: {summary.failed} of {summary.total} runs failed, which have no reason to."
        )
    shutil.rmtree(place.drive.store, ignore_errors=True)
    return took


def processor_seconds(bench: Bench, trial: Trial) -> float:
    began = time.process_time()
    sweep(bench, trial, bench.at(f"timed-{trial.name}"))
    return time.process_time() - began


@pytest.mark.breaking_point("throughput", light=20, medium=400, heavy=10_000)
def test_no_op(load: Load, bench: Bench, benchmark: Any) -> None:
    """What a run costs that does nothing, against writing its record by hand."""
    trial = Trial("no-op", noop, [{"n": n} for n in range(load.size or 0)])
    speed(bench, trial, benchmark, "noop_us")


@pytest.mark.breaking_point("throughput", light=8, medium=100, heavy=2_000)
def test_full_payload(load: Load, bench: Bench, benchmark: Any) -> None:
    """What a run costs with five artifacts and 100 steps, against writing the same bytes by hand."""
    trial = Trial("full payload", payload, [{"n": n} for n in range(load.size or 0)], artifacts=PAYLOAD)
    speed(bench, trial, benchmark, "payload_us")


@pytest.mark.breaking_point("throughput", light=16, medium=96, heavy=1_000)
def test_optimizers(load: Load, bench: Bench, benchmark: Any) -> None:
    """What a run of the optimizer benchmark costs, and how much of it is not the operation."""
    whole = Sweep.at(load.intensity)
    part = whole.part(0, max(1, whole.runs // (load.size or 1)))
    place = bench.at("audited", executor="thread", workers=1)
    audited = drive_audited(part, place)
    bench.judge(audited)
    inside = sum((one.finished or one.started) - one.started for one in read(place.witness))
    bench.measure("optimizers_outside_the_operation_percent", max(0.0, 100 * (1 - inside / audited.seconds)))
    rates: list[float] = []
    bench.sample(benchmark, lambda: rates.append(part.runs / sweep(bench, part, bench.at("timed"))), 1)
    bench.limit("optimizers", max(rates), "runs/s", kind="time", samples=rates, stopped="ceiling")


@pytest.mark.breaking_point("throughput", light=20, medium=100, heavy=1_000)
def test_put(load: Load, bench: Bench, benchmark: Any) -> None:
    """What it costs to add one run to a store that is there, as a sweep of its own."""
    place, numbers = bench.at(), count(1)
    bench.judge(drive_audited(Trial("put", noop, [{"n": 0}]), place))

    def put() -> None:
        one = Trial("put", noop, [{"n": next(numbers)}]).experiment(bench.target)
        seconds.append(timed_run(bench, one, place))

    seconds: list[float] = []
    bench.sample(benchmark, put, load.size or 1)
    taken = [1e3 * second for second in seconds]
    bench.limit("put", median(taken), "ms", better="lower", kind="time", samples=taken, stopped="ceiling")


def timed_run(bench: Bench, experiment: Any, place: Place) -> float:
    began = time.perf_counter()
    bench.target.run(experiment, place.drive)
    return time.perf_counter() - began


@pytest.mark.breaking_point("throughput", light=60, medium=400, heavy=10_000)
def test_load(load: Load, bench: Bench, benchmark: Any) -> None:
    """What reading the runs of a store costs."""
    trial, place = Trial("load", noop, [{"n": n} for n in range(load.size or 0)]), bench.at()
    bench.judge(drive_audited(trial, place))
    experiment, seconds = trial.experiment(bench.target), list[float]()

    def load_all() -> None:
        began = time.perf_counter()
        bench.target.read(place.drive.store, experiment)
        seconds.append(time.perf_counter() - began)

    bench.sample(benchmark, load_all, ROUNDS)
    rates = [trial.runs / second for second in seconds]
    bench.limit("load", max(rates), "runs/s", kind="time", samples=rates, stopped="ceiling")


def speed(bench: Bench, trial: Trial, benchmark: Any, floor: str) -> None:
    """Audit a sweep once, then time it in fresh stores, each time beside the work by hand that `floor` names."""
    one = {"executor": "thread", "workers": 1}
    bench.judge(drive_audited(trial, bench.at("audited", **one)))
    floors: list[float] = []
    costs: list[float] = []  # both in microseconds

    def take_floor() -> None:
        with TemporaryDirectory(dir=bench.folder) as place:
            floors.append(getattr(calibrate(Path(place), seconds=0.0), floor))

    def take_cost() -> None:
        costs.append(1e6 * sweep(bench, trial, bench.at("timed", **one)) / trial.runs)

    bench.sample(benchmark, take_cost, ROUNDS, before=take_floor)
    ratios = [cost / by_hand for cost, by_hand in zip(costs, floors, strict=True)]
    rates = [1e6 / cost for cost in costs]
    bench.limit(trial.name, max(rates), "runs/s", kind="time", samples=rates, stopped="ceiling")
    over = f"{trial.name} over the floor"
    bench.limit(over, median(ratios), "times", better="lower", kind="time", samples=ratios, stopped="ceiling")


@pytest.mark.breaking_point("throughput", light=24, medium=60, heavy=600)
def test_more_threads(load: Load, bench: Bench) -> None:
    """More threads are not slower than one."""
    trial = Trial("threads", paced, [{"n": n, "seconds": SHORT_NAP} for n in range(load.size or 0)])
    compare(bench, trial, "thread", WORKERS[load.intensity])


@pytest.mark.breaking_point("throughput", light=16, medium=64, heavy=640)
def test_more_processes(load: Load, bench: Bench) -> None:
    """More processes are not slower than one."""
    bench.target.require("process")
    trial = Trial("processes", paced, [{"n": n, "seconds": NAP} for n in range(load.size or 0)])
    compare(bench, trial, "process", WORKERS[load.intensity])


def compare(bench: Bench, trial: Trial, executor: str, numbers: Sequence[int]) -> None:
    """Time a sweep with each number of workers in turns, and judge each against one worker."""
    places = {number: bench.at(f"{executor}-{number}", executor=executor, workers=number) for number in numbers}
    bench.judge(drive_audited(replace(trial, name="audited"), places[max(numbers)]))
    costs = {number: lambda place=place: cost_of_a_run(bench, trial, place) for number, place in places.items()}
    with bench.quiet():
        samples = in_turns(bench, costs)
        if slower := [number for number in numbers[1:] if verdict(samples, number) == "fail"]:
            again = in_turns(bench, costs)  # an alarm has to be raised twice
            slower = [number for number in slower if verdict(again, number) == "fail"]
    report(bench, trial, executor, samples)
    for number in slower:
        told_slower(bench, trial, executor, number, samples)
    undecided = [number for number in numbers[1:] if number not in slower and over(samples, number) > SLOWER]
    if undecided and not slower:
        _, advice = judge(paired_ratio(samples[1], samples[undecided[0]]), SLOWER)
        bench.inconclusive(f"{undecided[0]} {executor} workers against one: {advice}")


def in_turns(bench: Bench, costs: Mapping[int, Callable[[], float]]) -> dict[int, list[float]]:
    """Samples of each cost, until they settle or the budget is spent; as many as can tell anything in any case."""
    deadline = time.monotonic() + bench.settings.budget

    def enough(samples: Mapping[int, list[float]]) -> bool:
        return settled(samples) or (len(samples[1]) >= PAIRS and time.monotonic() > deadline)

    return interleaved(costs, enough, MOST_ROUNDS[bench.load.intensity])


def cost_of_a_run(bench: Bench, trial: Trial, place: Place) -> float:
    """Seconds a run: of a whole sweep in threads; in processes, which need time to begin, of the steady part."""
    if place.drive.executor == "thread":
        return sweep(bench, trial, place) / trial.runs
    place.witness.unlink(missing_ok=True)
    with witnessing(place.witness):
        sweep(bench, trial, place)
    return steady_cost(read(place.witness))


def settled(samples: Mapping[int, list[float]]) -> bool:
    """Whether every number of workers is clearly faster than one, or judged."""
    return all(
        over(samples, number) <= 1 / SLOWER or verdict(samples, number) != "inconclusive"
        for number in samples
        if number != 1
    )


def verdict(samples: Mapping[int, list[float]], number: int) -> str:
    return judge(paired_ratio(samples[1], samples[number]), SLOWER, noise_floor(samples[1]))[0]


def over(samples: Mapping[int, list[float]], number: int) -> float:
    return paired_ratio(samples[1], samples[number]).value


def told_slower(bench: Bench, trial: Trial, executor: str, number: int, samples: Mapping[int, list[float]]) -> None:
    found = paired_ratio(samples[1], samples[number])
    told = f"{trial.runs} runs by {number} {executor} workers took {found.value:.2f} times as long as by one"
    bench.breaks(NOT_SLOWER, f"{told} ({found.low:.2f} to {found.high:.2f} in {found.samples} pairs).")


def report(bench: Bench, trial: Trial, executor: str, samples: Mapping[int, list[float]]) -> None:
    rates = {number: 1 / median(costs) for number, costs in samples.items()}
    curve = [(number, rate, over(samples, number) <= SLOWER) for number, rate in rates.items()]
    best = max(rates, key=lambda number: rates[number])
    bench.limit(f"{executor} workers", rates[best], "runs/s", curve, kind="time", stopped="ceiling")
    bench.measure(f"best_number_of_{executor}_workers", best)
    bench.measure(f"knee_of_{executor}_workers", knee(rates))
    bench.measure(f"efficiency_of_{max(rates)}_{executor}_workers", efficiency(rates)[max(rates)])
    title = f"Runs a second by {executor} workers"
    bench.chart(title, "workers", "runs/s", {trial.name: rates.items()})
