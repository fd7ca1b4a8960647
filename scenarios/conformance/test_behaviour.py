"""Behaviour that finished sweeps do not show: cancelled and awaited sweeps, damage, inputs that change.

Promise: a cancelled sweep starts no more runs and counts only ended ones; a run that cannot be stored is no success;
inputs are taken as they are when a sweep starts; well-formed damage is noticed; a run of other code is another run.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.model.observed_text import exact_text
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.target import RunOptions, Target, load_target
from pytest_optbench.target.locators import located
from pytest_optbench.target.running import raised_by_target

from . import alone, observers
from .code_changes import CHANGES
from .damage import DAMAGES, content_of, missed_damage
from .differences import Workshop
from .gates import gated_experiment, make_gate, names_in, time_zone, wait_for_first_run, with_metadata
from .script import script
from .test_conformance import show
from .workload import PATIENCE, forking, marked, misplacing

STOPS = promise("conformance.cancelled-sweeps")
WAITS = promise("conformance.awaited-sweeps")
STORED = promise("conformance.unstorable-runs")
TAKEN = promise("conformance.inputs-as-given")
NOTICED = promise("conformance.damage-noticed")
TIMES = promise("conformance.times")
FORKS = promise("conformance.forks")
CODE = promise("conformance.code")
TARGET = load_target()
LATE = "Asia/Kolkata"  # its offset is no whole number of hours

once = pytest.mark.breaking_point("conformance", light=3, medium=5, heavy=9, extreme=30)


@once
def test_cancel(load: Load, scenario: Scenario) -> None:
    """A sweep that is cancelled during its first run ends with that run; started again, it executes the others."""
    TARGET.require("cancel", "status")
    ctx, context = make_gate(scenario)
    experiment = gated_experiment(scenario.target, "cancel", context, load.size)
    started = TARGET.start(experiment, ctx.options)
    wait_for_first_run(scenario, context, lambda: not started.is_running, lambda: started.wait())
    started.cancel()
    Path(context["folder"], "go").touch()
    summary = started.wait()
    started_runs = names_in(context, "began")
    stored = [run for run in TARGET.read(ctx.options.store, experiment).runs if run.status != "running"]
    scenario.ran(executed=len(started_runs), audited=load.size, seconds=0.0)
    if len(started_runs) != 1:
        scenario.breaks(
            STOPS, f"Of {load.size} runs {len(started_runs)} executed after the first was cancelled: {started_runs}."
        )
    if [run.status for run in stored] != ["success"]:
        scenario.breaks(STOPS, f"The first run ended, and runs with {[run.status for run in stored]} are stored.")
    if summary is None or (summary.completed, summary.failed) != (1, 0):
        scenario.breaks(STOPS, f"One of {load.size} runs succeeded and none failed; the counts are {summary}.")
    again = TARGET.run(experiment, ctx.options)
    if (again.skipped, again.completed) != (1, load.size - 1):
        scenario.breaks(STOPS, f"Run again, {again.skipped} runs were skipped and {again.completed} executed.")


@once
def test_result_timeout(load: Load, scenario: Scenario) -> None:
    """`result(timeout)` raises TimeoutError while runs execute, and affects none of them."""
    TARGET.require("cancel", "results")
    ctx, context = make_gate(scenario)
    experiment = gated_experiment(scenario.target, "timeout", context, load.size)
    executor = alone.executor_of(TARGET.module, "thread", 1)
    with raised_by_target():
        handle = TARGET.module.run(experiment, store=located(ctx.options.store), executor=executor, verbose=False)
    wait_for_first_run(scenario, context, lambda: handle.is_complete, handle.result)
    early_result = observers.attempted(lambda: f"{len(handle.result(timeout=0.02))} results")
    complete = handle.is_complete
    Path(context["folder"], "go").touch()
    late_result = observers.attempted(
        lambda: exact_text(sorted(run.metrics.get("n", -1) for run in handle.result(timeout=PATIENCE)))
    )
    executor.shutdown()
    scenario.ran(executed=len(names_in(context, "began")), audited=load.size, seconds=0.0)
    if not early_result.startswith("raised TimeoutError"):
        scenario.breaks(WAITS, f"result(timeout=0.02) gave {early_result} while a run was under way.")
    if complete:
        scenario.breaks(WAITS, "is_complete was true while a run was under way.")
    if late_result != exact_text(list(range(load.size))):
        scenario.breaks(WAITS, f"After a timeout, result() gives the runs {late_result} of {load.size}.")


@once
def test_unstorable(load: Load, scenario: Scenario) -> None:
    """A run whose store is missing is no success; once the store is back, it can be run again."""
    ctx = scenario.at("unstorable")
    store = Path(ctx.options.store)
    experiment = TARGET.experiment(
        name="unstorable", version="1", operation=misplacing, params=[{"n": 0}], context={"store": str(store)}
    )
    summary = TARGET.attempt(experiment, ctx.options)
    if not store.parent.exists():
        summary.raise_for_error()
    if store.is_file():
        store.unlink()
        store.with_name("gone").rename(store)
    stored = [run.status for run in TARGET.read(str(store), experiment, artifacts=False).runs]
    scenario.ran(executed=1, audited=1, seconds=summary.seconds)
    if summary.error is None and summary.completed == 1 and "success" not in stored:
        scenario.breaks(
            STORED, f"Its store was replaced by a file, the sweep reports a success, and {stored} is stored."
        )
    store.with_name("gone").mkdir(exist_ok=True)
    again = TARGET.attempt(experiment, ctx.options)
    stored = [run.status for run in TARGET.read(str(store), experiment, artifacts=False).runs]
    if again.error is not None or stored != ["success"]:
        scenario.breaks(STORED, f"Run again with the store back, {stored} is stored ({again.error}).")


@once
def test_inputs_as_given(load: Load, scenario: Scenario) -> None:
    """Changes to a context and to metadata during a sweep reach none of its runs."""
    TARGET.require("cancel")
    ctx, context = make_gate(scenario)
    metadata = {"m": 1}
    experiment = with_metadata(gated_experiment(scenario.target, "given", context, load.size), metadata)
    started = TARGET.start(experiment, ctx.options)
    wait_for_first_run(scenario, context, lambda: not started.is_running, lambda: started.wait())
    context["x"].append(2)
    context["inner"].rate = 0.75
    context["more"] = 1
    metadata["m"] = 2
    Path(context["folder"], "go").touch()
    started.wait()
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(context["folder"]).glob("held-*"))]
    expected = exact_text({"x": [1], "rate": 0.5, "names": ["folder", "inner", "x"], "metadata": {"m": 1}})
    scenario.ran(executed=len(texts), audited=len(texts), seconds=0.0)
    for number, text in enumerate(texts[1:], start=1):
        if text != expected:
            scenario.breaks(
                TAKEN, f"Run {number} began after its inputs had changed, and found {text}, not {expected}."
            )
            break


@once
def test_damage(load: Load, scenario: Scenario) -> None:
    """A store that checks itself notices well-formed damage, and returns no altered value."""
    TARGET.require("check", "delete")
    TARGET.require_files("the damage is done to the files of runs")
    ctx = scenario.at("sound")
    experiment = TARGET.experiment(
        name="damage", version="1", operation=marked, params=[{"n": n} for n in range(load.size)]
    )
    TARGET.run(experiment, ctx.options)
    sound = {run.run_id: content_of(run) for run in TARGET.read(ctx.options.store, experiment).runs}
    if problems := TARGET.check(ctx.options.store, experiment):
        scenario.breaks(NOTICED, f"check() of an undamaged store reports: {problems[0]}.")
    victim = min(sound)
    for what, damage in DAMAGES.items():
        store = scenario.folder / f"damaged-{damage.__name__}"
        shutil.copytree(ctx.options.store, store)
        if not damage(TARGET, store, victim):
            continue
        scenario.ran(executed=load.size, audited=load.size, seconds=0.0)
        for problem in missed_damage(TARGET, store, experiment, victim, sound, damage):
            scenario.breaks(NOTICED, f"Run {victim}: {what}, and {problem}.")
    TARGET.delete_run(ctx.options.store, experiment, victim)
    left = {run.run_id: content_of(run) for run in TARGET.read(ctx.options.store, experiment).runs}
    if left != {run_id: content for run_id, content in sound.items() if run_id != victim}:
        scenario.breaks(NOTICED, f"After run {victim} was deleted, the store holds {sorted(left)} of {sorted(sound)}.")
    if problems := TARGET.check(ctx.options.store, experiment):
        scenario.breaks(NOTICED, f"check() of a store from which a run was deleted reports: {problems[0]}.")


@once
def test_times(load: Load, scenario: Scenario) -> None:
    """The times of a run lie within those of its sweep, in any time zone of the process."""
    ctx = scenario.at("times")
    experiment = TARGET.experiment(name="times", version="1", operation=marked, params=[{"n": 0}])
    with time_zone(LATE):
        before = datetime.now(UTC)
        TARGET.run(experiment, ctx.options)
        after = datetime.now(UTC)
        runs = TARGET.read(ctx.options.store, experiment).runs
        moments = [moment for run in runs for moment in (run.started_at, run.finished_at)]
        times = [moment.astimezone(UTC) for moment in moments if moment is not None]
    scenario.ran(executed=1, audited=1, seconds=0.0)
    in_order = [before, *times, after]
    if len(times) != 2 or in_order != sorted(in_order):
        scenario.breaks(TIMES, f"A sweep from {before} to {after} in {LATE} has a run with the times {times}.")


@once
def test_forks(load: Load, scenario: Scenario) -> None:
    """A process that an operation forks records nothing, and ends."""
    folder = scenario.folder / "forks"
    runs, executed, error = run_child(
        forked_here, str(folder), 2, bounds=ResourceLimits(seconds=8 * PATIENCE)
    ).value_or_raise()
    scenario.ran(executed=executed, audited=len(runs), seconds=0.0)
    expected = [[n, "success", None, None] for n in range(2)]
    if runs != expected or error is not None:
        what = "number, status, what its child captured, and whether that stayed"
        scenario.breaks(FORKS, f"Operations that fork are stored as {runs}, not {expected} ({what}; {error}).")


def forked_here(folder: str, size: int) -> tuple[list[list[Any]], int, str | None]:
    """Run a sweep whose operations fork, in a child process; returns its rows, its size and its error."""
    import warnings

    warnings.simplefilter("ignore", DeprecationWarning)  # of forks next to threads, which some executors are
    target: Target = load_target()
    experiment = target.experiment(
        name="forks", version="1", operation=forking, params=[{"n": n} for n in range(size)], context={}
    )
    store = str(Path(folder) / "store")
    summary = target.attempt(experiment, RunOptions(store))
    runs = target.read(store, experiment, artifacts=False).runs
    rows = sorted(
        [run.metrics.get("n", -1), run.status, run.metrics.get("child"), run.metrics.get("stayed")] for run in runs
    )
    return rows, size, summary.error


@once
def test_code(load: Load, scenario: Scenario) -> None:
    """A change of code that an operation uses makes another run; comments, layout and unused code do not."""
    workshop = Workshop(TARGET, scenario.folder)
    by_change = {change: differences[0] for change, program in CHANGES.items()
             if (differences := workshop.differences(program, observers.resumed))}  # fmt: skip
    scenario.ran(executed=workshop.executed, audited=workshop.observed, seconds=workshop.seconds)
    if by_change:
        first, *others = by_change
        also = f" The same holds for {', '.join(others)}." if others else ""
        scenario.breaks(CODE, f"After a change of {first}: {by_change[first].message}{also}", others=len(others))
    show(
        [
            script(CHANGES[change], by_change[change], observers.resumed, TARGET, workshop.offers)
            for change in by_change
        ],
        "code",
    )
