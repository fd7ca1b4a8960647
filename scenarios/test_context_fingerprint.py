"""Contexts: what all runs of an experiment share, and how it decides which of them are done already.

Promise: the same context is the same experiment, in every process and under every PYTHONHASHSEED; another context is
another one, however alike they look; files and folders count by what is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis.strategies import SearchStrategy

from pytest_optbench.bench import Bench
from pytest_optbench.collection import Load
from pytest_optbench.experiment.contexts import (
    CONTEXT_PAIRS,
    EQUAL_CONTEXTS,
    FILE_CHANGES,
    FILE_SAME,
    FOLDER_CHANGES,
    FOLDER_SAME,
    Change,
    Setup,
    make_file,
    make_folder,
    nested,
)
from pytest_optbench.experiment.elsewhere import HASH_SEEDS, context_ids_elsewhere
from pytest_optbench.experiment.small import SmallSweeps, short
from pytest_optbench.experiment.strategies import lookalike_params, params, reordered_params
from pytest_optbench.experiment.workloads import noop
from pytest_optbench.stress.falsify import falsify
from pytest_optbench.stress.limits import largest
from pytest_optbench.stress.measure import count_calls, growth
from pytest_optbench.target import load_target

DIFFERENT = "Runs under different contexts are different runs."
ACCEPTED = "Ordinary contexts are not refused: dataclasses, lists and dicts of finite numbers, texts and None."
SAME = "Runs under equal contexts are the same run, whatever the order in which they were filled."
STABLE = "A context has the same fingerprint in every process, whatever PYTHONHASHSEED."
CHANGED = "A file or folder that changed makes another context."
UNCHANGED = "A file or folder with the same content makes the same context."
LINEAR = "The cost of a fingerprint grows no faster than the context."
STEEPEST = 1.15  # exponent that counts as linear
FIELDS = 500  # of the largest context, for each example of the load
MOST_COUNTED = 50_000  # fields of the largest context whose calls are counted
MOST = 10_000_000  # fields that are tried at most
TARGET = load_target()
CASE = [{"n": 0}]
T = TypeVar("T")

every_load = pytest.mark.breaking_point("context-fingerprint", light=10, medium=200, heavy=5_000)


@every_load
def test_different_contexts(load: Load, bench: Bench) -> None:
    """Contexts that only look alike have different fingerprints."""
    sweeps = SmallSweeps(bench.at())
    curve, found = [], []
    for tried, pair in enumerate(CONTEXT_PAIRS, start=1):
        told = confused(sweeps, pair)
        found += [told] if told else []
        curve.append((tried, tried - len(found), not told))
    bench.limit("contexts not confused", len(CONTEXT_PAIRS) - len(found), "pairs", curve, stopped="ceiling")
    if not found:
        found += searched(load, bench, lookalike_params(), lambda pair: confused(sweeps, list(map(Setup, pair))))
    report(bench, sweeps, DIFFERENT, found)


def confused(sweeps: SmallSweeps, pair: Sequence[Any]) -> str:
    """What is wrong where two different contexts give one run; nothing where one is refused."""
    one, other = sweeps.context_ids(pair)
    return f"under {short(pair[0])} and under {short(pair[1])} a run is the same, {one}" if one and one == other else ""


@every_load
def test_equal_contexts(load: Load, bench: Bench) -> None:
    """A context that was filled in another order executes nothing again."""
    sweeps = SmallSweeps(bench.at())
    found = [told for pair in EQUAL_CONTEXTS if (told := split(sweeps, pair))]
    if not found:
        found += searched(load, bench, reordered_params(), lambda pair: split(sweeps, list(map(Setup, pair))))
    report(bench, sweeps, SAME, found)


def split(sweeps: SmallSweeps, pair: Sequence[Any]) -> str:
    """What tells two equal contexts apart; nothing where one is refused."""
    one, other = sweeps.context_ids(pair)
    return f"a run is {one} under {short(pair[0])} and {other} under {short(pair[1])}" if one != other else ""


@every_load
def test_equal_contexts_elsewhere(load: Load, bench: Bench) -> None:
    """Every process has the same fingerprints."""
    sweeps = SmallSweeps(bench.at())
    contexts: list[Any] = [context for pair in (*CONTEXT_PAIRS[:8], *EQUAL_CONTEXTS) for context in pair]
    searched(load, bench, params(), lambda drawn: contexts.append(Setup(drawn)) or "")
    here = sweeps.context_ids(contexts)
    unstable = []
    for seed in HASH_SEEDS[: 1 if load.intensity == "light" else None]:
        there, executed = context_ids_elsewhere(bench.at(), contexts, seed)
        sweeps.executed += executed
        unstable += [
            f"under {short(context)} a run is {mine} here, and {theirs} in a process with PYTHONHASHSEED={seed}"
            for context, mine, theirs in zip(contexts, here, there, strict=True)
            if mine != theirs
        ]
    curve = [(len(contexts), len(unstable), not unstable)]
    bench.limit("unstable contexts", len(unstable), "contexts", curve, better="lower")
    report(bench, sweeps, STABLE, unstable)


@every_load
def test_changed_files(load: Load, bench: Bench) -> None:
    """A file or a folder that changed makes every run another one."""
    sweeps = SmallSweeps(bench.at())
    files = reexecuted(bench, sweeps, "FilePath", make_file, FILE_CHANGES)
    folders = reexecuted(bench, sweeps, "DirPath", make_folder, FOLDER_CHANGES)
    # The first that is missed is told: of folders before files, whose times a user seldom sets back.
    missed = [change for change, again in {**folders, **files}.items() if not again]
    report(bench, sweeps, CHANGED, [f"a run under {change} was passed over as done" for change in missed])


@every_load
def test_unchanged_files(load: Load, bench: Bench) -> None:
    """A file or a folder with the same content makes no run another one."""
    sweeps = SmallSweeps(bench.at())
    files = reexecuted(bench, sweeps, "FilePath", make_file, FILE_SAME)
    folders = reexecuted(bench, sweeps, "DirPath", make_folder, FOLDER_SAME)
    again = [change for change, executed in {**files, **folders}.items() if executed]
    report(bench, sweeps, UNCHANGED, [f"a finished run under {change} was executed again" for change in again])


def reexecuted(
    bench: Bench, sweeps: SmallSweeps, kind: str, make: Change, changes: Mapping[str, Change]
) -> dict[str, bool]:
    """Whether a finished run is executed again after each change to what its context names."""
    if not hasattr(TARGET.module, kind):
        bench.not_applicable(f"{TARGET.name} does not offer {kind}")
    found = {}
    for what, change in changes.items():
        folder = sweeps.store()
        path = folder / "named"
        make(path)
        sweeps.at(folder, CASE, context=Setup(named(kind, path)))
        change(path)
        again = sweeps.at(folder, CASE, context=Setup(named(kind, path)))
        found[f"a {kind} {what}"] = bool(again.executions)
    return found


def named(kind: str, path: Path) -> Any:
    """A member of a context that stands for the content of a file or folder."""
    return getattr(TARGET.module, kind)(str(path))


@every_load
def test_large_contexts(load: Load, bench: Bench) -> None:
    """A context of thousands of members costs in proportion, and one member that differs makes another one."""
    sweeps = SmallSweeps(bench.at())
    most = min((load.size or 1) * FIELDS, MOST_COUNTED)
    sizes = [most // divisor for divisor in (27, 9, 3, 1)]
    idle, *calls = [calls_of(sweeps, nested(size)) for size in (0, *sizes)]
    calls = [max(1, count - idle) for count in calls]
    grown = growth(sizes, calls)
    curve = [(size, count / size, grown.low <= STEEPEST) for size, count in zip(sizes, calls, strict=True)]
    bench.limit("growth of fingerprints", round(grown.exponent, 2), "exponent", curve, better="lower")
    if grown.low > STEEPEST:
        few, many = curve[0][1], curve[-1][1]
        bench.breaks(LINEAR, f"{few:,.0f} function calls a member of {sizes[0]:,}, {many:,.0f} of {most:,}")
    found = [told for changed in (0, most // 2, most - 1) if (told := confused(sweeps, twins(most, changed)))]
    report(bench, sweeps, DIFFERENT, found)


def calls_of(sweeps: SmallSweeps, context: Any) -> int:
    """Function calls of this thread in a sweep of one run; the second one, which has nothing to import."""
    sweeps.run(CASE, context=context, operation=noop)
    return count_calls(lambda: sweeps.run(CASE, context=context, operation=noop))


def twins(fields: int, changed: int) -> tuple[Any, Any]:
    return nested(fields), nested(fields, changed)


@every_load
def test_prompt(load: Load, bench: Bench) -> None:
    """The largest context whose sweep of one run ends within a second, by the clock; a limit, and no promise."""
    sweeps = SmallSweeps(bench.at())

    def probe(fields: int) -> tuple[float, bool]:
        context, before = nested(fields), sweeps.seconds
        sweeps.run(CASE, context=context, operation=noop)
        seconds = sweeps.seconds - before
        return seconds, seconds <= 1.0

    budget = 0.3 if load.intensity == "light" else 20.0
    with bench.quiet():
        limit = largest(probe, start=1_000, ceiling=MOST, budget=budget, factor=4)
    bench.found("context within 1 s", limit, "members", kind="time")
    report(bench, sweeps, LINEAR, [])


def searched(load: Load, bench: Bench, inputs: SearchStrategy[T], check: Callable[[T], str]) -> list[str]:
    """What Hypothesis finds within the load's number of examples."""
    name = f"{load.point}.{check.__qualname__}"
    seconds = bench.settings.budget
    found = falsify(inputs, check, examples=load.size or 1, seconds=seconds, database=bench.examples, name=name)
    bench.measure("drawn_examples", found.tried)
    return [found.told] if found.told else []


def report(bench: Bench, sweeps: SmallSweeps, promise: str, found: Sequence[str]) -> None:
    bench.ran(executed=sweeps.executed, audited=sweeps.audited, seconds=sweeps.seconds)
    if found:
        bench.breaks(promise, found[0], others=len(found) - 1)
    if sweeps.denied:
        bench.breaks(ACCEPTED, f"nothing ran of {min(sweeps.denied, key=len)}", others=len(sweeps.denied) - 1)
