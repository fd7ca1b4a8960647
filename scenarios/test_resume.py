"""Resume: what is missing executes, and nothing else.

Promise: a sweep that was stopped, by whatever means, and is started again executes exactly the missing runs and ends
like one that was never stopped; a bad record never stops it; nothing of a failed attempt shows beside a success.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from pytest_optbench.bench import Bench
from pytest_optbench.collection import Load
from pytest_optbench.experiment.audited import Audited, drive_audited
from pytest_optbench.experiment.changing import CHANGES, executed_by_version
from pytest_optbench.experiment.damage import DAMAGES
from pytest_optbench.experiment.histories import History, Step
from pytest_optbench.experiment.place import Place
from pytest_optbench.experiment.remote import halt, renewed, start_remote
from pytest_optbench.experiment.scripted import scripted, write_script
from pytest_optbench.experiment.trial import Trial
from pytest_optbench.experiment.workloads import noop
from pytest_optbench.stress.child import Bounds, run_child
from pytest_optbench.stress.falsify import falsify
from pytest_optbench.stress.history import read
from pytest_optbench.stress.measure import count_calls, growth_at_the_end
from pytest_optbench.stress.twins import differences
from pytest_optbench.target import Drive

EXACTLY = "A sweep that is started again executes exactly the missing runs."
AS_ONE = "A sweep that was stopped and resumed is stored like one that was never stopped."
STOPS = "A sweep that is asked to stop stops."
KEPT = "What had ended when a sweep was stopped is stored."
REPORTED = "A record that cannot be used is reported."
SURVIVED = "A bad record costs its own run another execution, and nothing else."
CODE = "A run of changed code is another run."
LINEAR = "Resuming costs as much a finished run in a large sweep as in a small one."
ANY = "Whatever happens to a store between two sweeps, the next one completes it."
ROUNDS = 5
STEEPEST = 1.1  # growth exponent of a cost that still counts as linear; counted calls repeat, so it has no noise
PATIENCE = Bounds(seconds=45.0)

every_load = pytest.mark.breaking_point("resume", light=12, medium=120, heavy=2_000)


def trial_of(load: Load, bench: Bench) -> Trial:
    script = str(bench.folder / "script.json")
    cases = [{"n": n, "script": script} for n in range(load.size or 0)]
    return Trial("resume", scripted, cases, artifacts=("value",))


def again(bench: Bench, trial: Trial, place: Place, missing: int, **changed: Any) -> Audited:
    """Start the sweep again, and see that what was missing executes, and nothing else."""
    audited = drive_audited(trial, renewed(place, **changed))
    bench.judge(audited)
    if audited.executed != missing:
        bench.breaks(EXACTLY, f"Of {trial.runs} runs {missing} were missing, and {audited.executed} executed.")
    return audited


def successes(bench: Bench, trial: Trial, place: Place) -> int:
    store = bench.target.read(place.drive.store, trial.experiment(bench.target), artifacts=False, series=False)
    return sum(run.status == "success" for run in store.runs)


def completes(bench: Bench, trial: Trial, place: Place) -> None:
    """Resume a stopped sweep, and compare what is stored with a sweep that was never stopped."""
    before = successes(bench, trial, place)
    ended = sum(one.outcome == "returned" for one in read(place.witness))
    if ended > before + place.drive.workers:  # each worker may have been about to store one
        bench.breaks(KEPT, f"{ended} runs had ended when the sweep was stopped, and {before} of them are stored.")
    bench.measure("stopped_after_runs", before)
    again(bench, trial, place, trial.runs - before)
    whole = bench.at("uninterrupted")
    bench.judge(drive_audited(trial, whole))
    experiment = trial.experiment(bench.target)
    stores = (bench.target.read(one.drive.store, experiment) for one in (place, whole))
    found = list(differences(*stores))
    if found:
        bench.breaks(AS_ONE, found[0], len(found) - 1)


def stopped_by(bench: Bench, load: Load, number: int, **drive: Any) -> tuple[Trial, Place]:
    """A sweep in a child process that got a signal when a third of its runs had ended."""
    trial, place = trial_of(load, bench), bench.at("stopped", **drive)
    script = Path(trial.cases[0]["script"])
    write_script(script, {"*": "sleep-0.02"})
    with start_remote(trial, place, bounds=PATIENCE) as child:
        halt(child, place, number, after=max(1, trial.runs // 3))
        ended = child.wait()
    if ended.timed_out:
        bench.breaks(STOPS, f"It went on for {ended.wall:.0f} s after {signal.Signals(number).name}.")
    write_script(script, {})
    return trial, place


@every_load
def test_finished(load: Load, bench: Bench) -> None:
    """What succeeded is skipped."""
    trial, place = trial_of(load, bench), bench.at()
    bench.judge(drive_audited(trial, place))
    again(bench, trial, place, 0)


@every_load
def test_failed(load: Load, bench: Bench) -> None:
    """Failed runs execute again, and nothing that they left shows beside the success."""
    trial, place = trial_of(load, bench), bench.at()
    failing = trial.cases[::3]
    script = Path(failing[0]["script"])
    write_script(script, {case["n"]: "debug" for case in failing})
    bench.judge(drive_audited(replace(trial, failing=failing, artifacts=()), place))
    write_script(script, {})
    again(bench, trial, place, len(failing))


@every_load
def test_killed(load: Load, bench: Bench) -> None:
    """A sweep whose process was killed (SIGKILL) goes on where it was."""
    completes(bench, *stopped_by(bench, load, signal.SIGKILL))


@every_load
def test_interrupted(load: Load, bench: Bench) -> None:
    """A sweep that got Ctrl-C (SIGINT) stops, keeps what had ended, and goes on where it was."""
    completes(bench, *stopped_by(bench, load, signal.SIGINT))


@every_load
def test_timed_out(load: Load, bench: Bench) -> None:
    """A sweep whose time was over goes on where it was."""
    trial, place = trial_of(load, bench), bench.at("stopped", timeout=0.3)
    script = Path(trial.cases[0]["script"])
    write_script(script, {"*": "sleep-0.05"})
    with start_remote(trial, place, bounds=PATIENCE) as child:
        child.wait()
    write_script(script, {})
    completes(bench, trial, replace(place, drive=replace(place.drive, timeout=None)))


@every_load
def test_damaged_records(load: Load, bench: Bench) -> None:
    """A damaged record is reported, and its run alone executes again."""
    survived, curve, stopped = 0, [], []
    for tried, (name, damage) in enumerate(DAMAGES.items(), start=1):
        told = damaged(bench, replace(trial_of(load, bench), params=trial_of(load, bench).cases[:3]), name, damage)
        survived += not told
        stopped += told
        curve.append((tried, survived, not told))
    bench.limit("damages survived", survived, f"of {len(DAMAGES)}", curve, stopped="ceiling")
    if stopped:
        bench.breaks(SURVIVED, stopped[0], len(stopped) - 1)


def damaged(bench: Bench, trial: Trial, name: str, damage: Callable[[Path, Path], None]) -> list[str]:
    """What is wrong after the record of one run was damaged and the sweep started again."""
    place, experiment = bench.at(f"damaged-{name}"), trial.experiment(bench.target)
    bench.judge(drive_audited(trial, place))
    ids = sorted(run.run_id for run in bench.target.iter_runs(place.drive.store, experiment))
    victim, other = (bench.target.record_file(place.drive.store, run_id) for run_id in ids[:2])
    if victim is None or other is None:
        bench.not_applicable("this store keeps no record files")
    damage(victim, other)
    found = bench.target.read(place.drive.store, experiment)
    if not found.problems and not any(run.problems for run in found.runs):
        bench.breaks(REPORTED, f"The record of run {ids[0]} was {name}, and reading the store does not tell.")
    audited = drive_audited(trial, renewed(place))
    bench.ran(executed=audited.executed, audited=audited.audited, seconds=audited.seconds)
    what = f"The record of run {ids[0]} ({victim.name}) was {name}: "
    told = [what + str(finding) for finding in audited.findings]
    if not told and audited.executed != 1:
        told.append(f"{what}{audited.executed} runs executed when the sweep was started again, expected 1")
    return told


@every_load
def test_left_running(load: Load, bench: Bench) -> None:
    """A record that a dead process left `running` counts as missing."""
    trial, place = trial_of(load, bench), bench.at()
    write_script(Path(trial.cases[0]["script"]), {0: "kill"})
    with start_remote(trial, place, bounds=PATIENCE) as child:
        child.wait()
    write_script(Path(trial.cases[0]["script"]), {})
    again(bench, trial, place, trial.runs - successes(bench, trial, place))


@every_load
def test_more_replicates(load: Load, bench: Bench) -> None:
    """More replicates are more runs; those that are there stay."""
    trial, place = trial_of(load, bench), bench.at()
    bench.judge(drive_audited(trial, place))
    again(bench, replace(trial, seeds=(0, 3)), place, 2 * trial.runs)


@every_load
def test_other_executor(load: Load, bench: Bench) -> None:
    """What threads have finished, processes skip."""
    bench.target.require("process")
    trial, place = trial_of(load, bench), bench.at()
    half = replace(trial, params=trial.cases[::2])
    bench.judge(drive_audited(half, place))
    again(bench, trial, place, trial.runs - half.runs, executor="process", workers=2)


@pytest.mark.usefixtures("load")
@every_load
def test_changed_code(bench: Bench) -> None:
    """A run of changed code is another run: the operation's body, its defaults, and what it calls or closes over."""
    ended = run_child(executed_by_version, str(bench.folder), bounds=PATIENCE)
    executed: Mapping[str, int] = ended.value_or_raise()
    bench.ran(executed=sum(executed.values()), audited=len(executed), seconds=ended.wall)
    unnoticed = [name for name in CHANGES if executed[name] == 0]
    noticed = [(n, n, name not in unnoticed) for n, name in enumerate(CHANGES, start=1)]
    bench.limit("changes noticed", len(CHANGES) - len(unnoticed), f"of {len(CHANGES)}", noticed, stopped="ceiling")
    if unnoticed:
        told = f"after a change of {unnoticed[0]} the sweep was started again and nothing executed"
        bench.breaks(CODE, f"An operation ran, and {told}: its old result stands for the new code.", len(unnoticed) - 1)
    if executed["nothing"]:
        bench.breaks(EXACTLY, "Nothing of the code had changed, and its run executed again.")


@every_load
def test_any_history(load: Load, bench: Bench) -> None:
    """Whatever happened in between, the next sweep completes the store."""
    history = History(bench.at("histories"), bench.folder / "history.json")
    # At light, where seconds count, the parts above kill; the machine does so from medium on.
    steps = [step for step in Step if step is not Step.KILL or load.intensity != "light"]
    schedules: Any = st.lists(st.tuples(st.sampled_from(steps), st.integers(0, 3)), min_size=1, max_size=6)
    search = falsify(
        schedules,
        history.broken_by,
        examples=load.size or 1,
        seconds=2.0 if load.intensity == "light" else 60.0,
        database=bench.examples,
        name=f"{bench.target.name} histories",
    )
    bench.ran(executed=history.executed, audited=history.audited, seconds=history.seconds)
    bench.measure("histories_tried", search.tried)
    if search.smallest is not None:
        taken = ", ".join(f"{step.value} {n}" for step, n in search.smallest)
        bench.breaks(ANY, f"After {taken}: {search.told}")


@pytest.mark.breaking_point("resume", light=160, medium=3_200, heavy=32_000)
def test_cost(load: Load, bench: Bench) -> None:
    """Resuming costs as much a finished run in a large sweep as in a small one."""
    place = bench.at()
    sizes = [(load.size or 0) // part for part in (16, 8, 4, 2, 1)]
    calls, seconds = [], []
    for size in sizes:
        trial = Trial("cost", noop, [{"n": n} for n in range(size)])
        filled = drive_audited(trial, renewed(place))
        bench.judge(filled)
        experiment = trial.experiment(bench.target)
        blocks = bench.blocks(ROUNDS) if size == sizes[-1] else range(ROUNDS)
        with bench.quiet():
            seconds.append([timed(bench, experiment, place.drive) for _ in blocks])
        calls.append(count_calls(bench.target.run, experiment, place.drive))
    report_cost(bench, sizes, calls, seconds)


def timed(bench: Bench, experiment: Any, drive: Drive) -> float:
    began = time.perf_counter()
    bench.target.run(experiment, drive)
    return time.perf_counter() - began


def report_cost(bench: Bench, sizes: Sequence[int], calls: Sequence[int], taken: Sequence[Sequence[float]]) -> None:
    grown = growth_at_the_end(sizes, calls)
    linear = grown.exponent <= STEEPEST
    counted = [(size, count / size, linear) for size, count in zip(sizes, calls, strict=True)]
    bench.limit("resume growth", grown.exponent, "exponent of calls", counted, better="lower", stopped="ceiling")
    seconds = [min(of_size) for of_size in taken]
    costs = [1e6 * second / sizes[-1] for second in taken[-1]]
    timed_curve = [(size, took / size * 1e6, True) for size, took in zip(sizes, seconds, strict=True)]
    bench.limit("resume cost", min(costs), "us a run", timed_curve, better="lower", kind="time", samples=costs)
    reach = sizes[-1] * (10.0 / seconds[-1]) ** (1 / max(grown.exponent, 1.0))
    bench.limit("resumed in 10 s", reach, "runs (extrapolated)", timed_curve, kind="time", stopped="ceiling")
    if not linear:
        few, many = calls[0] / sizes[0], calls[-1] / sizes[-1]
        told = f"{few:,.0f} function calls a run of {sizes[0]}, {many:,.0f} of {sizes[-1]}"
        bench.breaks(LINEAR, f"{told}: the cost grows with exponent {grown.exponent:.2f}.")


@every_load
def test_speed_of_resuming(load: Load, bench: Bench, benchmark: Any) -> None:
    """The speed of starting a finished sweep again, for pytest-benchmark."""
    trial, place = Trial("speed", noop, [{"n": n} for n in range(load.size or 0)]), bench.at()
    bench.judge(drive_audited(trial, place))
    experiment = trial.experiment(bench.target)
    with bench.quiet():
        benchmark.pedantic(bench.target.run, (experiment, place.drive), rounds=5, iterations=1)
