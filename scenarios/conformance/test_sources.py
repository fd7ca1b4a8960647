"""Sources and randomness: what a metalab plans with, without a run.

Promise: a source holds the cases that the model says, whichever way it is looked at; what makes no sense is refused;
random draws, streams and samples follow the distributions that they promise, at fixed seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import Promise, promise
from pytest_optbench.target import load_target

from .randomness import off_laws, off_samples, off_streams
from .sources import REFUSED, SOURCES, misplaced_far, wrong

CASES = promise("conformance.sources")
REFUSES = promise("conformance.senseless-sources")
DISTRIBUTIONS = promise("conformance.distributions")
STREAMS = promise("conformance.independent-streams")
SAMPLES = promise("conformance.samples")
TARGET = load_target()

once = pytest.mark.breaking_point("conformance", light=1, medium=1, heavy=1, extreme=1)
every_draw = pytest.mark.breaking_point("conformance", light=2_000, medium=20_000, heavy=200_000, extreme=10**7)


@once
def test_sources(load: Load, scenario: Scenario) -> None:
    """Grids, unions, conditions, slices, shards and samples against lists of their cases."""
    found, looked_at = [], 0
    for expression in SOURCES:
        if expression.needs <= TARGET.features:
            looked_at += 1
            told = looked(wrong, expression, TARGET.module, TARGET.features)
            found += [f"{expression.text} {one}" for one in told]
    found += looked(misplaced_far, TARGET.module, TARGET.features)
    record(scenario, CASES, sorted(found, key=len), looked_at)


@once
def test_refused_sources(load: Load, scenario: Scenario) -> None:
    """Sources that hold nothing, a case twice, or what cannot be told from a slip."""
    TARGET.require("conditions", "sampling", "random")
    taken = []
    for text in REFUSED:
        try:
            eval(f"metalab.{text}", {"metalab": TARGET.module})
        except ValueError as error:
            if not str(error):
                taken.append(f"{text} is refused without a word")
        else:
            taken.append(f"{text} is taken")
    record(scenario, REFUSES, taken, len(REFUSED))


@every_draw
def test_distributions(load: Load, scenario: Scenario) -> None:
    """Draws of each distribution, by the test of Kolmogorov and Smirnov."""
    TARGET.require("random")
    for size in scenario.sizes("draws"):
        record(scenario, DISTRIBUTIONS, looked(off_laws, TARGET.module, size), size)


@every_draw
def test_streams(load: Load, scenario: Scenario) -> None:
    """Streams of neighbouring bases, replicates and names."""
    for size in scenario.sizes("draws"):
        record(scenario, STREAMS, looked(off_streams, TARGET.module, size), size)


@every_draw
def test_samples(load: Load, scenario: Scenario) -> None:
    """Samples without replacement, over many seeds."""
    if not TARGET.features & {"sampling"}:
        scenario.not_applicable(f"sources of {TARGET.name} cannot be sampled")
    for size in scenario.sizes("draws"):
        record(scenario, SAMPLES, looked(off_samples, TARGET.module, size, TARGET.features), size)


def looked(look: Callable[..., Iterable[str]], *given: Any) -> list[str]:
    """What is found, and what the target raises while it is looked at."""
    found = []
    try:
        for one in look(*given):
            found.append(one)  # noqa: PERF402 - what was found before it raised stands
    except Exception as error:  # noqa: BLE001
        found.append(f"raised {type(error).__name__}: {error}")
    return found


def record(scenario: Scenario, broken: Promise, found: Sequence[str], examined: int) -> None:
    scenario.examined(examined)
    if found:
        scenario.breaks(broken, f"{found[0]}.", others=len(found) - 1)
