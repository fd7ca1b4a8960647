"""Sweeps that are stopped in their midst, in a child process; those that ended too early are driven again, slower."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_optbench.drive.child_sweep import finished, halt, renewed, start_remote
from pytest_optbench.drive.planned_sweep import Trial
from pytest_optbench.drive.run_and_audit import SWEEP_ENDS
from pytest_optbench.drive.sweep_context import Place
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.process.child import Bounds, Child, Ended

from .workload import write_script

STOPS = promise("resume.stops")
TRIES = 3
PACE = 0.02  # seconds of a run, four times as long with each try
PATIENCE = 45.0  # seconds, and some for each run; only a sweep that hangs takes as long

Stop = Callable[[Child, Place, Trial], int]


@dataclass(frozen=True)
class Stopped:
    """What is left of a sweep: where it was stopped after its first run and before its last, if anywhere.

    `promise` is what broke by then, None if nothing did; `message` tells of it, or why the sweep was not stopped.
    """

    place: Place | None
    promise: Promise | None = None
    message: str = ""


def patience(runs: int, pace: float = 0.0) -> Bounds:
    """A limit against hangs for a child that executes so many runs of `pace` seconds."""
    return Bounds(PATIENCE + runs * (0.05 + pace))


def by_signal(number: int) -> Stop:
    """Send a signal when a third of the runs have ended."""

    def stop(child: Child, place: Place, trial: Trial) -> int:
        halt(child, place, number, after=max(1, trial.runs // 3))
        return finished(place.witness)

    return stop


def by_itself(child: Child, place: Place, trial: Trial) -> int:
    """Leave it to the timeout of the sweep."""
    return trial.runs


def stop_midway(trial: Trial, place: Place, stop: Stop, timeout: float | None = None) -> Stopped:
    """Drive a sweep of `scripted` runs that take a while, and stop it.

    `stop` returns how many runs had ended when it was done; `timeout` is that of the sweep, as a share of the seconds
    that all runs take.
    """
    ignored = 0
    for number in range(TRIES):
        pace = PACE * 4**number
        tried = _slower(place, number, None if timeout is None else timeout * pace * trial.runs)
        left, ended = _driven(trial, tried, stop, pace)
        ignored += left > tried.drive.workers
        done = finished(tried.witness)
        midway = replace(tried, drive=replace(tried.drive, timeout=None))
        if ended.timed_out:
            return Stopped(midway, STOPS, f"It went on for {ended.wall:.0f} s after it was asked to stop.")
        if 0 < done < trial.runs:
            return Stopped(midway)
        error = ended.error or (ended.value or {}).get("error")
        if not done and error:
            return Stopped(None, SWEEP_ENDS, f"It raised {error} before a run had ended.")
    if ignored == TRIES:
        return Stopped(None, STOPS, f"In {TRIES} of {TRIES} tries it was asked to stop, and all runs executed.")
    return Stopped(
        None,
        None,
        f"in {TRIES} tries no sweep of {trial.runs} runs was stopped after its first and before its last run: "
        f"a less loaded machine would do, or a target that does not begin all runs at once",
    )


def _slower(place: Place, number: int, timeout: float | None) -> Place:
    """A place of its own for each try."""
    folder = place.witness.parent.with_name(f"{place.witness.parent.name}-{number}")
    drive = replace(place.drive, store=str(folder / Path(place.drive.store).name), timeout=timeout)
    return replace(renewed(place), drive=drive, witness=folder / place.witness.name, resumable=False)


def _driven(trial: Trial, place: Place, stop: Stop, pace: float) -> tuple[int, Ended]:
    """How many runs were left when a sweep had been asked to stop, and how it ended."""
    script = Path(trial.cases[0]["script"])
    write_script(script, {"*": f"sleep-{pace}"})
    try:
        with start_remote(trial, place, bounds=patience(trial.runs, pace)) as child:
            return trial.runs - stop(child, place, trial), child.wait()
    finally:
        write_script(script, {})
