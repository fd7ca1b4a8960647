"""Report the problems of a grid, and how its cost grows."""

from __future__ import annotations

import timeit
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_optbench.drive.first_run import FirstRun
from pytest_optbench.drive.identity_probe import IdentityProbe, distinct
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.measure.measure import growth
from pytest_optbench.text import short_repr

STEEPEST = 1.15  # exponent that counts as linear
ONCE = promise("grid-explosion.duplicates")
LINEAR = promise("grid-explosion.linear-planning")


def report_problem(scenario: Scenario, size: int, cases: int, promise: Promise, message: str) -> bool:
    """Report a problem of a grid; a grid larger than the load breaks no promise but ends the limit."""
    if message and cases <= size:
        scenario.breaks(promise, message)
    return bool(message)


def record_largest(scenario: Scenario, name: str, curve: Sequence[tuple[int, int, bool]]) -> None:
    largest = max((cases for cases, _, held in curve if held), default=0)
    scenario.limit(name, largest, "cases", curve, stopped="ceiling" if curve[-1][2] else "broke")
    scenario.examined(len(curve))


def ran_once(
    sweeps: IdentityProbe, params: Any, expected: Sequence[Mapping[str, Any]], *names: str, **fields: Any
) -> list[str]:
    """Return the problems with how often each expected case ran; a refusal must contain one of `names`."""
    swept = sweeps.run([], params=params, **fields)
    if swept.refused:
        named = any(name in str(swept.error) for name in names)
        return [] if named else [f"a plan with repeated cases is refused without a name: {swept.error}"]
    times = Counter(swept.executed)
    problems = [] if swept.error is None else [f"the sweep ended with {swept.error}"]
    for key, case in distinct(expected).items():
        if times[key] != 1:
            problems.append(f"{short_repr(case)} was planned more than once and ran {times[key]} times")
    return problems


def report(scenario: Scenario, sweeps: IdentityProbe, problems: Sequence[str], examined: int) -> None:
    scenario.ran(executed=sweeps.executed, audited=examined, seconds=sweeps.seconds)
    if problems:
        scenario.breaks(ONCE, problems[0], others=len(problems) - 1)


def judge_growth(scenario: Scenario, idle: int, seen: Sequence[FirstRun]) -> None:
    """Report how the calls of planning grow, without those of a plan of one case."""
    sizes = [first.planned for first in seen]
    grown = growth(sizes, [first.calls for first in seen])
    beyond = growth(sizes, [max(first.planned, first.calls - idle) for first in seen])
    calls = [(first.planned, first.calls, True) for first in seen]
    scenario.limit(
        "planning growth exponent", round(max(0.0, grown.exponent), 2), "(1 = linear)", calls, better="lower"
    )
    if beyond.exponent > STEEPEST:
        scenario.breaks(LINEAR, f"function calls before the first run grow as cases ** {beyond.exponent:.2f}")


def measure_speed(
    scenario: Scenario, benchmark: Any, name: str, unit: str, call: Callable[[], bool], steps: int = 1
) -> None:
    """Record, in `unit`s per second, the speed of a call that does `steps` steps and returns whether it was right."""
    often = 1 if steps > 1 else 100
    with scenario.quiet():
        assert benchmark.pedantic(call, rounds=5, iterations=often)
    samples = [steps * often / timeit.timeit(call, number=often) for _ in scenario.blocks(5)]
    scenario.limit(name, max(samples), f"{unit}/s", kind="time", samples=samples)
    scenario.examined(steps)
