"""Contexts, which all runs of an experiment share, and which decide which of them are done already.

Promise: the same context is the same experiment, in every process and under every PYTHONHASHSEED; another context is
another experiment, even if both look alike; files and folders count by their content.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.drive.identity_probe import IdentityProbe
from pytest_optbench.drive.other_process import HASH_SEEDS, context_ids_in_another_process
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.probing import report_probes, searched
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.counts import growth_of_counts, repeated_count
from pytest_optbench.stress.measure.falsify import drawn
from pytest_optbench.stress.measure.limits import largest
from pytest_optbench.stress.measure.measure import count_calls
from pytest_optbench.target import load_target
from pytest_optbench.text import short_repr
from pytest_optbench.workloads.basic import noop
from pytest_optbench.workloads.confusable_values import pair_text
from pytest_optbench.workloads.strategies import confusable_params, params, reordered_params

from .contexts import (
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

DIFFERENT = promise("context-fingerprint.different-contexts")
ACCEPTED = promise("context-fingerprint.ordinary-contexts")
BY_NAME = promise("context-fingerprint.refused-by-name")
report = partial(report_probes, accepted=ACCEPTED, by_name=BY_NAME)
SAME = promise("context-fingerprint.equal-contexts")
STABLE = promise("context-fingerprint.same-in-every-process")
CHANGED = promise("context-fingerprint.changed-files")
UNCHANGED = promise("context-fingerprint.unchanged-files")
STEEPEST = 1.15  # exponent that counts as linear
LINEAR = promise("context-fingerprint.linear-cost")
TARGET = load_target()
CASE = [{"n": 0}]
T = TypeVar("T")

EXAMPLES = {"light": 10, "medium": 200, "heavy": 5_000, "extreme": 10**9}
CONTENT = {"light": 2**17, "medium": 2**20, "heavy": 2**26, "extreme": 2**30}  # bytes of a file


def catalogue_runs(load: Load, _settings: Any) -> str:
    """Describe what a part stores: each context of the catalogue, and each drawn one, has a store of its own."""
    return f"{explain_runs(2 * (len(CONTEXT_PAIRS) + load.size))}, each in a store that is removed once it is read"


def changed_runs(load: Load, _settings: Any) -> str:
    """Describe what a part stores in addition to the files that it changes."""
    return f"files of {load.size:,} bytes are changed one at a time; {explain_runs(2 * len(FOLDER_CHANGES))}"


every_load = pytest.mark.breaking_point("context-fingerprint", **EXAMPLES, explain=catalogue_runs)
every_content = pytest.mark.breaking_point("context-fingerprint", **CONTENT, explain=changed_runs)


@every_load
def test_different_contexts(load: Load, scenario: Scenario) -> None:
    """Contexts that only look alike have different fingerprints."""
    sweeps = IdentityProbe(scenario.at())
    curve, found, alike = [], [], []
    for tried, pair in enumerate(CONTEXT_PAIRS, start=1):
        message = shared_run_message(sweeps, pair)
        if message:
            found.append(message)
            alike.append(pair_text(pair))
        curve.append((tried, tried - len(found), not message))
    distinguished = len(CONTEXT_PAIRS) - len(alike)
    scenario.limit("similar contexts distinguished", distinguished, "pairs", curve, stopped="ceiling", failed=alike)
    if not found:
        found += searched(
            scenario, confusable_params(), lambda pair: shared_run_message(sweeps, list(map(Setup, pair)))
        )
    scenario.measure("refused_contexts", sweeps.refused)
    report(scenario, sweeps, DIFFERENT, found)


def shared_run_message(sweeps: IdentityProbe, pair: Sequence[Any]) -> str:
    """Return a message if two different contexts give one run; "" otherwise, or if one is refused."""
    one, other = sweeps.context_ids(pair)
    return (
        f"under {short_repr(pair[0])} and under {short_repr(pair[1])} a run is the same, {one}"
        if one and one == other
        else ""
    )


@every_load
def test_equal_contexts(load: Load, scenario: Scenario) -> None:
    """A context that was filled in another order does not execute runs again."""
    sweeps = IdentityProbe(scenario.at())
    found = [message for pair in EQUAL_CONTEXTS if (message := different_runs_message(sweeps, pair))]
    if not found:
        found += searched(
            scenario, reordered_params(), lambda pair: different_runs_message(sweeps, list(map(Setup, pair)))
        )
    report(scenario, sweeps, SAME, found)


def different_runs_message(sweeps: IdentityProbe, pair: Sequence[Any]) -> str:
    """Return a message if two equal contexts give different runs; "" otherwise."""
    one, other = sweeps.context_ids(pair)
    return f"a run is {one} under {short_repr(pair[0])} and {other} under {short_repr(pair[1])}" if one != other else ""


@every_load
def test_equal_contexts_in_another_process(load: Load, scenario: Scenario) -> None:
    """Every process has the same fingerprints."""
    for size in scenario.sizes("examples"):
        sweeps = IdentityProbe(scenario.at(f"here-{size}"))
        contexts: list[Any] = [context for pair in (*CONTEXT_PAIRS[:8], *EQUAL_CONTEXTS) for context in pair]
        contexts += map(Setup, drawn(params(), size, scenario.examples))
        here = sweeps.context_ids(contexts)
        unstable = []
        for seed in HASH_SEEDS[: 1 if load.intensity == "light" else None]:
            there, executed = context_ids_in_another_process(scenario.at(f"elsewhere-{size}"), contexts, seed)
            sweeps.executed += executed
            unstable += [
                f"under {short_repr(context)} a run is {mine} here and {theirs} in a process with PYTHONHASHSEED={seed}"
                for context, mine, theirs in zip(contexts, here, there, strict=True)
                if mine != theirs
            ]
        curve = [(len(contexts), len(unstable), not unstable)]
        scenario.limit("contexts with unstable fingerprints", len(unstable), "contexts", curve, better="lower")
        report(scenario, sweeps, STABLE, unstable)


@every_content
def test_changed_files(load: Load, scenario: Scenario) -> None:
    """A changed file or folder makes every run a new one."""
    for size in scenario.sizes("bytes"):
        sweeps = IdentityProbe(scenario.at())
        files = reexecuted(scenario, sweeps, "FilePath", partial(make_file, size=size), FILE_CHANGES)
        folders = reexecuted(scenario, sweeps, "DirPath", partial(make_folder, size=size), FOLDER_CHANGES)
        # The first missed change is reported: folders before files, whose times users rarely restore.
        missed = [change for change, again in {**folders, **files}.items() if not again]
        report(scenario, sweeps, CHANGED, [f"a run under {change} was passed over as done" for change in missed])


@every_content
def test_unchanged_files(load: Load, scenario: Scenario) -> None:
    """A file or a folder with the same content makes no run a new one."""
    for size in scenario.sizes("bytes"):
        sweeps = IdentityProbe(scenario.at())
        files = reexecuted(scenario, sweeps, "FilePath", partial(make_file, size=size), FILE_SAME)
        folders = reexecuted(scenario, sweeps, "DirPath", partial(make_folder, size=size), FOLDER_SAME)
        again = [change for change, executed in {**files, **folders}.items() if executed]
        report(scenario, sweeps, UNCHANGED, [f"a finished run under {change} was executed again" for change in again])


def reexecuted(
    scenario: Scenario, sweeps: IdentityProbe, kind: str, make: Callable[[Path], None], changes: Mapping[str, Change]
) -> dict[str, bool]:
    """Return whether a finished run is executed again after each change of the file or folder in its context."""
    if not hasattr(TARGET.module, kind):
        scenario.not_applicable(f"{TARGET.name} does not offer {kind}")
    found = {}
    for what, change in changes.items():
        folder = sweeps.new_folder()
        path = folder / "named"
        make(path)
        sweeps.run_in(folder, CASE, context=Setup(named(kind, path)))
        change(path)
        again = sweeps.run_in(folder, CASE, context=Setup(named(kind, path)))
        shutil.rmtree(folder, ignore_errors=True)
        found[f"a {kind} {what}"] = bool(again.executions)
    return found


def named(kind: str, path: Path) -> Any:
    """Return a member of a context that represents the content of a file or folder."""
    return getattr(TARGET.module, kind)(str(path))


@pytest.mark.breaking_point(
    "context-fingerprint", light=5_000, medium=20_000, heavy=50_000, extreme=10**7, explain=lambda *_: explain_runs(20)
)
def test_large_contexts(load: Load, scenario: Scenario) -> None:
    """The cost of a context of thousands of members is proportional, and one changed member makes another context."""
    for most in scenario.sizes("members"):
        sweeps = IdentityProbe(scenario.at())
        sizes = [most // divisor for divisor in (27, 9, 3, 1)]
        sweeps.run(CASE, context=nested(sizes[0]), operation=noop)  # imports modules, which must not count later
        counts = [repeated_count(partial(calls_of, sweeps, nested(size)), times=3) for size in sizes]
        grown = growth_of_counts(sizes, counts)
        side = grown.side_of(STEEPEST)
        curve = [(size, count.least / size, side != "outside") for size, count in zip(sizes, counts, strict=True)]
        scenario.limit("fingerprinting growth exponent", round(grown.likely, 2), "(1 = linear)", curve, better="lower")
        found = [
            told for changed in (0, most // 2, most - 1) if (told := shared_run_message(sweeps, twins(most, changed)))
        ]
        report(scenario, sweeps, DIFFERENT, found)
        if side == "outside":
            few, many = curve[0][1], curve[-1][1]
            calls = f"{few:,.0f} function calls a member of {sizes[0]:,}, {many:,.0f} of {most:,}"
            scenario.breaks(LINEAR, f"{calls}: an exponent of {grown.low:.2f} or more")
            return
        if side == "undecided":
            scenario.inconclusive(f"calls did not repeat: an exponent from {grown.low:.2f} to {grown.high:.2f}")


def calls_of(sweeps: IdentityProbe, context: Any) -> int:
    """Count the function calls of a sweep of one run."""
    return count_calls(lambda: sweeps.run(CASE, context=context, operation=noop))


def twins(fields: int, changed: int) -> tuple[Any, Any]:
    return nested(fields), nested(fields, changed)


@pytest.mark.breaking_point(
    "context-fingerprint", light=10**7, medium=10**7, heavy=10**7, extreme=10**9, measured=True,
    explain=lambda *_: explain_runs(8),
)  # fmt: skip
def test_prompt(load: Load, scenario: Scenario) -> None:
    """The largest context whose sweep of one run ends within a second; a limit, not a promise."""
    sweeps = IdentityProbe(scenario.at())

    def probe(fields: int) -> tuple[float, bool]:
        context, before = nested(fields), sweeps.seconds
        sweeps.run(CASE, context=context, operation=noop)
        seconds = sweeps.seconds - before
        return seconds, seconds <= 1.0

    budget = {"light": 0.3, "extreme": scenario.budget}.get(load.intensity, 20.0)
    with scenario.quiet():
        limit = largest(probe, start=1_000, ceiling=load.size, budget=budget, factor=4)
    scenario.found("largest context fingerprinted within 1 s", limit, "members", kind="time")
    report(scenario, sweeps, LINEAR, [])
