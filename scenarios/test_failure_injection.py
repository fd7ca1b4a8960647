"""Failure injection: whatever an operation, a worker or the disk does, it costs the run that it happens to.

Promise: the failure is recorded with its error on the right run; the others finish; no success is reported that the
store does not hold; the sweep ends. All faults come from outside of the runner: from its operations, workers and disk.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from pytest_optbench.bench import Bench
from pytest_optbench.collection import Load
from pytest_optbench.experiment.full_disk import SMALLEST, fill, judged_disk, ran_full
from pytest_optbench.experiment.injected import (
    Driven,
    Judged,
    Staged,
    by_mishap,
    drive_all,
    drive_until,
    judged,
    staged,
    story,
    unstored,
)
from pytest_optbench.experiment.mishaps import BULKY, DEATHS, JUNK, PAGE, RAISED, Mishap
from pytest_optbench.experiment.remote import halt, start_remote
from pytest_optbench.stress.child import Bounds
from pytest_optbench.stress.history import read
from pytest_optbench.stress.promises import STORED
from pytest_optbench.target import Summary

PATIENCE = 30.0  # seconds, and one more for each healthy run; only a sweep that hangs takes as long
ALONE = 15.0  # for one mishap, once something is known to be broken
RUNS_ON_DISK = 40
ASKS = "A run under way that asks is told that its sweep was cancelled."

every_load = pytest.mark.breaking_point("failure-injection", light=1, medium=20, heavy=500)


@every_load
def test_exceptions(load: Load, bench: Bench) -> None:
    """Whatever an operation raises fails its own run, and is recorded with it."""
    survey(bench, load, RAISED, "exceptions survived")


@every_load
def test_exceptions_in_processes(load: Load, bench: Bench) -> None:
    """Whatever an operation raises in a worker process fails its own run, and is recorded with it."""
    bench.target.require("process")
    survey(bench, load, RAISED, "exceptions survived in processes", executor="process", workers=2)


@every_load
def test_dead_workers(load: Load, bench: Bench) -> None:
    """A worker process that dies fails the run that it was on; another one goes on."""
    bench.target.require("process")
    survey(bench, load, DEATHS, "dead workers survived", executor="process", workers=2)


@every_load
def test_junk(load: Load, bench: Bench) -> None:
    """Whatever an operation returns or captures, its run is stored, as a success that is whole or as failed."""
    survey(bench, load, JUNK, "junk survived")


@every_load
def test_file_size_limit(load: Load, bench: Bench) -> None:
    """A file that cannot be written (RLIMIT_FSIZE) costs the run that wrote it."""
    survey(bench, load, BULKY, "files too large survived", file_size=150_000)


@pytest.mark.breaking_point("failure-injection", light=2, medium=8, heavy=100)
def test_full_disk(load: Load, bench: Bench) -> None:
    """A disk that is full costs the runs that it has no room for; with room again, they are done."""
    stage = staged(bench.at("disks"), [PAGE] * RUNS_ON_DISK, healthy=0)
    pages = [SMALLEST + 2 * disk for disk in range(load.size or 1)]
    found: dict[str, Judged] = {}
    try:
        for number, filled in zip(pages, fill(stage, pages, PATIENCE), strict=True):
            assert ran_full(filled), f"{RUNS_ON_DISK} runs fit on a disk of {number} pages"
            found[f"a disk of {number} pages"] = judged_disk(stage, filled)
            shutil.rmtree(filled.folder)
    except OSError as refusal:
        bench.inconclusive(f"{refusal}; run it as root, or as a user who may make a user namespace and mount in it")
    ran(bench, found.values())
    report(bench, found, "full disks survived")


@every_load
def test_cancelled(load: Load, bench: Bench) -> None:
    """A sweep that is cancelled ends when the run under way asks whether it should, and keeps what had ended."""
    bench.target.require("cancel")
    name = "a long run that asks"
    stage = staged(bench.at("stopped"), [name], load.size or 1)
    how = drive_until(stage, name, PATIENCE + stage.trial.runs)
    kept(bench, stage, judged(stage, how, complete=False))
    asked = [one for one in read(stage.place.witness) if one.outcome == "interrupted"]
    if asked:
        bench.breaks(ASKS, f"The run with key {asked[0].key} was under way, asked on and on, and was never told.")


@pytest.mark.breaking_point("failure-injection", medium=1, heavy=1)
def test_hanging(load: Load, bench: Bench) -> None:
    """A run that hangs in a worker process does not keep a sweep from ending at Ctrl-C."""
    bench.target.require("process")
    place = bench.at("hanging", executor="process", workers=2)
    stage = staged(place, ["a run that hangs"], load.size or 1)
    with start_remote(stage.trial, place, bounds=Bounds(PATIENCE + stage.trial.runs)) as child:
        halt(child, place, signal.SIGINT, after=2 * (load.size or 1))
        ended = child.wait()
    how = Driven(None, story(ended)) if ended.timed_out else Driven(Summary(timed_out=True))
    kept(bench, stage, judged(stage, how, complete=False))


def kept(bench: Bench, stage: Staged, found: Judged) -> None:
    """Report a sweep that was stopped: what had come to its end must be stored."""
    ran(bench, [found])
    for finding in found.findings:
        bench.breaks(finding.violation.promise, finding.violation.message, finding.others)
    runs = bench.target.read(stage.place.drive.store, stage.trial.experiment(bench.target)).runs
    lost = unstored(read(stage.place.witness), runs)
    if lost:
        bench.breaks(STORED, f"The run with key {lost[0]} ended before the sweep was stopped, and is not stored.")


def survey(
    bench: Bench, load: Load, catalogue: Mapping[str, Mishap], limit: str, file_size: int | None = None, **drive: Any
) -> None:
    """Let every mishap of a catalogue happen in one sweep, and each in a sweep of its own where that does not tell."""
    names, healthy = tuple(catalogue), load.size or 0
    stage = staged(bench.at("together", **drive), names, healthy)
    (together,) = play(bench, [stage], PATIENCE + healthy, file_size)
    found = by_mishap(stage, together)
    if found is None:
        alone = [staged(bench.at(str(number), **drive), [name], healthy) for number, name in enumerate(names)]
        told = play(bench, alone, ALONE + healthy, file_size)
        found = dict(zip(names, told, strict=False))  # of those after a hang nothing is known
        if not any(one.violations for one in found.values()):
            found = dict.fromkeys(names, together)  # they break only in company
    report(bench, found, limit)


def play(bench: Bench, stages: Sequence[Staged], seconds: float, file_size: int | None) -> list[Judged]:
    driven = until_a_hang(drive_all(stages, seconds, file_size=file_size))
    told = [judged(stage, how) for stage, how in zip(stages, driven, strict=False)]
    ran(bench, told)
    return told


def until_a_hang(driven: Iterable[Driven]) -> Iterator[Driven]:
    """End with a sweep that hung: the next ones would hang as long."""
    for how in driven:
        yield how
        if how.hung:
            return


def ran(bench: Bench, told: Iterable[Judged]) -> None:
    for one in told:
        bench.ran(executed=one.executed, audited=one.audited, seconds=one.seconds)


def report(bench: Bench, found: Mapping[str, Judged], limit: str) -> None:
    """Record how many faults were survived, and the first that broke each promise."""
    broken = {name: one.findings for name, one in found.items() if one.violations}
    survived, curve = 0, []
    for tried, name in enumerate(found, start=1):
        survived += name not in broken
        curve.append((tried, survived, name not in broken))
    bench.limit(limit, survived, f"of {len(found)} faults", curve, stopped="broke" if broken else "ceiling")
    cases: dict[str, list[str]] = {}
    for name, findings in broken.items():
        for finding in findings:
            message = f"After {name}: {finding.violation.message}"
            cases.setdefault(finding.violation.promise, []).append(message)
    for promise, messages in cases.items():
        bench.breaks(promise, messages[0], len(messages) - 1)
