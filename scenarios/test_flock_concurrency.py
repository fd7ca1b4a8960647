"""Many at one store: processes and threads that write, die and read there at the same time.

Promise: nothing is lost, nothing is torn, nothing is executed twice; nobody waits for the dead; readers see whole
records only; lock files do not pile up with the runs.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_optbench.bench import Bench
from pytest_optbench.collection import Load, Shard
from pytest_optbench.errors import TargetRaisedError
from pytest_optbench.experiment.audited import (
    Audited,
    audit_driven,
    audit_whole,
    drive_audited,
    stored_before,
)
from pytest_optbench.experiment.held import held
from pytest_optbench.experiment.payload import PAYLOAD, payload
from pytest_optbench.experiment.place import Place
from pytest_optbench.experiment.remote import finished, modules_of, renewed, start_remote, task_of
from pytest_optbench.experiment.trial import Trial
from pytest_optbench.experiment.workloads import noop, paced
from pytest_optbench.experiment.writers import crowd_here, dealt, ends, threads_here, writing
from pytest_optbench.stress.barrier import arrive
from pytest_optbench.stress.child import Bounds, Child, Ended, run_child
from pytest_optbench.stress.history import read
from pytest_optbench.stress.limits import largest
from pytest_optbench.stress.scaling import efficiency, gaps, knee, quantile
from pytest_optbench.stress.sightings import Sightings

ENDS = "Every process that writes to a store comes to its end, whoever else writes there."
SURVIVES = "A sweep completes although another process died over the same store."
FIRST_USE = "Many threads can be the first to use the package at once."
WHOLE = "Readers see whole records while others write."
LOCKS = "Lock files do not pile up with the runs."
WRITERS = {"light": 2, "medium": 8, "heavy": 16}
SLOW_COMMIT = 0.1  # seconds; the p99 up to which a crowd counts as served
FEW_LOCKS = 0.01  # lock files a run
RUNS_A_WRITER = 50
NAP = 0.002
PATIENCE = Bounds(seconds=45.0)  # only a crowd that hangs takes as long
LONG = Bounds(seconds=4 * 3600.0)


def patience(load: Load) -> Bounds:
    return PATIENCE if load.intensity == "light" else LONG


def crowd_of(parts: Sequence[Trial], bench: Bench, load: Load, place: Place) -> AbstractContextManager[list[Child]]:
    """A process for each part, all at once; at light one interpreter of its own among forked ones is enough."""
    return writing(parts, place, bench.folder / "gate", patience(load), all_fresh=load.intensity != "light")


def report(bench: Bench, what: str, audited: Audited) -> None:
    """Take over what an audit found, told with what had been going on."""
    bench.ran(executed=audited.executed, audited=audited.audited, seconds=audited.seconds)
    for finding in audited.findings:
        bench.breaks(finding.violation.promise, f"{what}: {finding.violation.message}", finding.others)


def report_ends(bench: Bench, what: str, ended: Sequence[Ended], promise: str = ENDS) -> None:
    """Break the promise where a writer did not come to its end, or its sweep raised."""
    wrong = [one.story() if one.value is None else one.value["error"] for one in ended]
    told = [f"writer {number} of {len(ended)}: {text}" for number, text in enumerate(wrong, start=1) if text]
    if told:
        bench.breaks(promise, f"{what}: {told[0]}.", len(told) - 1)


@pytest.mark.breaking_point("flock-concurrency", light=24, medium=1_200, heavy=50_000)
def test_different_runs(load: Load, shard: Shard, bench: Bench) -> None:
    """Processes that write different runs of one experiment into one store lose and tear nothing."""
    writers = WRITERS[load.intensity]
    cases = [{"points": 50, "run": run} for run in range(load.size or 0)]
    whole = Trial("different-runs", payload, cases, artifacts=PAYLOAD)
    part = replace(whole, params=cases[shard.index :: shard.count])
    before = stored_before(part, bench.place)
    what = f"{writers} processes wrote {part.runs} different runs into one store"
    began = time.perf_counter()
    with crowd_of(dealt(part, writers), bench, load, bench.place) as crowd:
        report_ends(bench, what, ends(crowd))
    audited = audit_driven(part, bench.place, before)
    report(bench, what, replace(audited, seconds=time.perf_counter() - began))
    if shard.count > 1 and arrive(bench.session.folder, bench.group, shard.index, shard.count):
        report(bench, f"{shard.count} shards of {what}", audit_whole(whole, bench.place))


@pytest.mark.breaking_point("flock-concurrency", light=12, medium=300, heavy=5_000)
def test_same_experiment(load: Load, bench: Bench) -> None:
    """Processes that start the same experiment at once execute each of its runs once in all."""
    writers = WRITERS[load.intensity]
    trial = Trial("same-experiment", paced, [{"seconds": 0.01, "run": run} for run in range(load.size or 0)])
    what = f"{writers} processes started the same {trial.runs} runs on one store at once"
    place = bench.at()
    with crowd_of([trial] * writers, bench, load, place) as crowd:
        report_ends(bench, what, ends(crowd))
    report(bench, what, audit_driven(trial, place))


@pytest.mark.breaking_point("flock-concurrency", light=8, medium=32, heavy=128)
def test_first_use(load: Load, bench: Bench) -> None:
    """Many threads are the first to import the package, and write to one new store at once."""
    threads = load.size or 0
    whole = Trial("first-use", noop, [{"run": run} for run in range(2 * threads)])
    place = bench.at()
    tasks = [task_of(part, place) for part in dealt(whole, threads)]
    what = f"{threads} threads of a new process were the first to use the package"
    ended = run_child(threads_here, tasks, bounds=patience(load), fresh=True)
    wrong = [ended.story()] if ended.value is None else ended.value
    if wrong:
        bench.breaks(FIRST_USE, f"{what}: {wrong[0]}.", len(wrong) - 1)
    report(bench, what, audit_driven(whole, place))


@pytest.mark.breaking_point("flock-concurrency", light=1, medium=10, heavy=100)
def test_killed_holder(load: Load, bench: Bench) -> None:
    """A process that is killed while it executes a run leaves nothing that keeps another from executing it."""
    for number in range(load.size or 0):
        folder = bench.folder / f"killed-{number}"
        place = bench.at(folder.name, executor="thread", workers=1)
        hold = folder / "hold"
        folder.mkdir()
        hold.touch()
        cases = [{"run": run, "hold": str(hold) if run == 0 else ""} for run in range(4)]
        trial = Trial("killed-holder", held, cases)
        what = f"A process was killed while it executed run 0 of {trial.runs}, and another went on with all of them"
        with start_remote(trial, place) as holder:
            seen_at_work(holder, place)
            with start_remote(trial, renewed(place), bounds=PATIENCE, fresh=True) as other:
                seen_at_work(other, place)
                holder.kill(group=True)
                holder.wait()
                hold.unlink()
                report_ends(bench, what, [other.wait()], SURVIVES)
        report(bench, what, audit_driven(trial, place))


def seen_at_work(child: Child, place: Place) -> None:
    """Wait until the witness has seen an execution by the child."""
    deadline = time.monotonic() + PATIENCE.seconds
    while child.alive and time.monotonic() < deadline:
        if any(one.pid == child.pid for one in read(place.witness)):
            return
        time.sleep(NAP)


@pytest.mark.breaking_point("flock-concurrency", light=1, medium=20, heavy=200)
def test_killed_while_writing(load: Load, bench: Bench) -> None:
    """A process that is killed while it stores a run costs nobody else a run."""
    place = bench.at()
    kills = load.size or 0
    cases = [{"points": 50, "run": run} for run in range(8 * (kills + 1))]
    trial = Trial("killed-writers", payload, cases, artifacts=PAYLOAD)
    what = f"{kills} processes were killed while they stored runs of this experiment, and one more went on"
    for number in range(kills):
        with start_remote(trial, renewed(place), bounds=PATIENCE) as victim:
            wanted = finished(place.witness) + 3 + number % 5
            while finished(place.witness) < wanted and victim.alive:
                time.sleep(NAP / 4)
            victim.kill(group=True)
            victim.wait()
    with start_remote(trial, renewed(place), bounds=patience(load), fresh=True) as last:
        report_ends(bench, what, [last.wait()], SURVIVES)
    report(bench, what, replace(audit_driven(trial, place), executed=finished(place.witness)))


@pytest.mark.breaking_point("flock-concurrency", light=16, medium=400, heavy=5_000)
def test_readers(load: Load, bench: Bench) -> None:
    """Whoever reads a store while runs are written there, and written once more, sees each run whole or not at all."""
    trial = Trial("readers", payload, [{"points": 200, "run": run} for run in range(load.size or 0)])
    place = bench.at(resume=False)
    experiment = trial.experiment(bench.target)
    sightings = Sightings()
    with start_remote(trial, place, bounds=patience(load), repeats=2) as writer:
        seen_at_work(writer, place)
        while writer.alive:
            sightings.add(bench.target.read(place.drive.store, experiment))
        ended = writer.wait()
    what = f"A process wrote {trial.runs} runs twice while another read them {sightings.readings} times"
    report_ends(bench, what, [ended])
    torn = list(sightings.torn(bench.target.read(place.drive.store, experiment)))
    bench.ran(executed=finished(place.witness), audited=sightings.runs, seconds=ended.wall)
    bench.measure("readings", sightings.readings)
    if torn:
        bench.breaks(WHOLE, f"{what}: {torn[0]}.", len(torn) - 1)


@pytest.mark.breaking_point("flock-concurrency", light=40, medium=400, heavy=5_000)
def test_lock_files(load: Load, bench: Bench) -> None:
    """A store has no more lock files after many runs than after a few."""
    place = bench.at()
    store = Path(place.drive.store)
    files: dict[int, int] = {}
    for runs in ((load.size or 0) // 4, load.size or 0):
        trial = Trial("tidy", noop, [{"run": run} for run in range(runs)])
        bench.judge(drive_audited(trial, renewed(place)))
        files[runs] = len(lock_files(store))
    (few, some), (many, all_of_them) = files.items()
    a_run = max(0, all_of_them - some) / (many - few)
    curve = [(runs, count, a_run <= FEW_LOCKS) for runs, count in files.items()]
    bench.limit("lock files", a_run, "a run", curve, better="lower", stopped="ceiling")
    if a_run > FEW_LOCKS:
        told = f"{some} lock files after {few} runs, {all_of_them} after {many}"
        bench.breaks(LOCKS, f"{told}, such as {lock_files(store)[0].relative_to(store)}: they are never removed.")


def lock_files(store: Path) -> list[Path]:
    """The files that say by their name, or that of their folder, that they are locks."""
    return sorted(path for path in store.rglob("*") if "lock" in str(path.relative_to(store)) and path.is_file())


@pytest.mark.breaking_point("flock-concurrency", light=4, medium=32, heavy=128)
def test_crowd(load: Load, bench: Bench) -> None:
    """What writers of one store cost each other: time to commit, and runs a second by their number."""
    rates: dict[int, float] = {}

    def probe(writers: int) -> tuple[float, bool]:
        place = bench.at(f"crowd-{writers}", executor="thread", workers=1)
        trial = Trial("crowd", noop, [{"run": run} for run in range(writers * RUNS_A_WRITER)])
        tasks = [task_of(part, place) for part in dealt(trial, writers)]
        ended = run_child(crowd_here, tasks, bounds=patience(load), needs=modules_of(tasks))
        value = ended.value_or_raise()
        if errors := [summary["error"] for summary in value["told"] if summary and summary["error"]]:
            raise TargetRaisedError(f"it raised {errors[0]} in {len(errors)} of {writers} processes")
        failed = [code for code in value["codes"] if code != 0]
        if failed:
            bench.breaks(ENDS, f"{len(failed)} of {writers} processes ended with code {failed[0]}.")
        report(bench, f"{writers} processes wrote to one store", audit_driven(trial, place))
        rates[writers] = trial.runs / value["seconds"]
        commit = quantile(gaps(read(place.witness)), 0.99)
        return commit * 1000, commit <= SLOW_COMMIT

    with bench.quiet():
        limit = largest(probe, ceiling=load.size or 1, budget=bench.settings.budget, factor=4)
    bench.found("p99 from run to run <= 100 ms", limit, "writers", kind="time")
    share = efficiency(rates)
    curve = [(writers, rates[writers], True) for writers in sorted(rates)]
    bench.limit("best rate of a crowd", max(rates.values()), "runs/s", curve, kind="time", stopped=limit.stopped)
    bench.measure("knee_writers", knee(rates))
    bench.measure("efficiency_of_the_most_writers", share[max(rates)])
    bench.chart("Runs a second by processes that write to one store", "processes", "runs/s", {"noop": rates.items()})
