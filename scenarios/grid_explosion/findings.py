"""Say what was found wrong with a grid, and how its cost grows."""

from __future__ import annotations

import timeit
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_optbench.drive.identity_probe import SmallSweeps, distinct, short
from pytest_optbench.plugin.scenario import Bench
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.measure.measure import growth

from .first_run import FirstRun

STEEPEST = 1.15  # exponent that counts as linear
ONCE = promise("grid-explosion.duplicates")
LINEAR = promise("grid-explosion.linear-planning")


def broken(bench: Bench, size: int, cases: int, promise: Promise, told: str) -> bool:
    """Report what is wrong with a grid; one larger than the load breaks no promise: it is where the limit lies."""
    if told and cases <= size:
        bench.breaks(promise, told)
    return bool(told)


def recorded(bench: Bench, name: str, curve: Sequence[tuple[int, int, bool]]) -> None:
    largest = max((cases for cases, _, held in curve if held), default=0)
    bench.limit(name, largest, "cases", curve, stopped="ceiling" if curve[-1][2] else "broke")
    bench.examined(len(curve))


def ran_once(
    sweeps: SmallSweeps, params: Any, expected: Sequence[Mapping[str, Any]], *names: str, **fields: Any
) -> list[str]:
    """What is wrong with how often each of the expected cases ran; a refusal must show one of `names`."""
    swept = sweeps.run([], params=params, **fields)
    if swept.refused:
        named = any(name in str(swept.error) for name in names)
        return [] if named else [f"a plan with repeated cases is refused without a name: {swept.error}"]
    times = Counter(swept.executed)
    found = [] if swept.error is None else [f"the sweep ended with {swept.error}"]
    for key, case in distinct(expected).items():
        if times[key] != 1:
            found.append(f"{short(case)} was planned more than once and ran {times[key]} times")
    return found


def report(bench: Bench, sweeps: SmallSweeps, found: Sequence[str], examined: int) -> None:
    bench.ran(executed=sweeps.executed, audited=examined, seconds=sweeps.seconds)
    if found:
        bench.breaks(ONCE, found[0], others=len(found) - 1)


def judge_growth(bench: Bench, idle: int, seen: Sequence[FirstRun]) -> None:
    """Report how the calls of planning grow, beyond those of a plan of one case and one for each case."""
    sizes = [one.planned for one in seen]
    grown = growth(sizes, [one.calls for one in seen])
    beyond = growth(sizes, [max(one.planned, one.calls - idle) for one in seen])
    calls = [(one.planned, one.calls, True) for one in seen]
    bench.limit("growth of planning", round(max(0.0, grown.exponent), 2), "exponent", calls, better="lower")
    if beyond.exponent > STEEPEST:
        bench.breaks(LINEAR, f"function calls before the first run grow as cases ** {beyond.exponent:.2f}")


def speed(bench: Bench, benchmark: Any, name: str, call: Callable[[], bool], steps: int = 1) -> None:
    """Take the speed of a call that does `steps` steps and says whether its answer was right."""
    often = 1 if steps > 1 else 100
    with bench.quiet():
        assert benchmark.pedantic(call, rounds=5, iterations=often)
    samples = [steps * often / timeit.timeit(call, number=often) for _ in bench.blocks(5)]
    bench.limit(name, max(samples), "per second", kind="time", samples=samples)
    bench.examined(steps)
