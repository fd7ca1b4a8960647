"""Sources and randomness of a metalab, without a run.

Promise: a source holds the model's cases in every way of access; senseless sources are refused; random draws, streams
and samples follow their distributions, at fixed seeds.
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
from .sources import REFUSED, SOURCES, large_source_problems, source_problems

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
    problems, examined = [], 0
    for expression in SOURCES:
        if expression.needs <= TARGET.features:
            examined += 1
            of_source = collect(source_problems, expression, TARGET.module, TARGET.features)
            problems += [f"{expression.text} {problem}" for problem in of_source]
    problems += collect(large_source_problems, TARGET.module, TARGET.features)
    record(scenario, CASES, sorted(problems, key=len), examined)


@once
def test_refused_sources(load: Load, scenario: Scenario) -> None:
    """Sources that hold nothing, a case twice, or an obvious mistake are refused."""
    TARGET.require("conditions", "sampling", "random")
    accepted = []
    for text in REFUSED:
        try:
            eval(f"metalab.{text}", {"metalab": TARGET.module})
        except ValueError as error:
            if not str(error):
                accepted.append(f"{text} is refused without a message")
        else:
            accepted.append(f"{text} is taken")
    record(scenario, REFUSES, accepted, len(REFUSED))


@every_draw
def test_distributions(load: Load, scenario: Scenario) -> None:
    """Draws of each distribution, by the test of Kolmogorov and Smirnov."""
    TARGET.require("random")
    for size in scenario.sizes("draws"):
        record(scenario, DISTRIBUTIONS, collect(off_laws, TARGET.module, size), size)


@every_draw
def test_streams(load: Load, scenario: Scenario) -> None:
    """Streams of neighbouring bases, replicates and names."""
    for size in scenario.sizes("draws"):
        record(scenario, STREAMS, collect(off_streams, TARGET.module, size), size)


@every_draw
def test_samples(load: Load, scenario: Scenario) -> None:
    """Samples without replacement, over many seeds."""
    if not TARGET.features & {"sampling"}:
        scenario.not_applicable(f"sources of {TARGET.name} cannot be sampled")
    for size in scenario.sizes("draws"):
        record(scenario, SAMPLES, collect(off_samples, TARGET.module, size, TARGET.features), size)


def collect(check: Callable[..., Iterable[str]], *given: Any) -> list[str]:
    """Return the problems that a check yields, and the exception that it raises."""
    problems = []
    try:
        for problem in check(*given):
            problems.append(problem)  # noqa: PERF402 - problems found before an exception are kept
    except Exception as error:  # noqa: BLE001
        problems.append(f"raised {type(error).__name__}: {error}")
    return problems


def record(scenario: Scenario, broken: Promise, problems: Sequence[str], examined: int) -> None:
    scenario.examined(examined)
    if problems:
        scenario.breaks(broken, f"{problems[0]}.", others=len(problems) - 1)
