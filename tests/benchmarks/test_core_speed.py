"""How much faster than plain code the core's optimizers are, per iteration at dim 50.

Run on demand: `pytest tests/benchmarks/test_core_speed.py -s`. Times are minima over rounds in which the core
and the rival take turns, so that a busy machine slows both; the ratio is what to look at.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import pytest
from plain_optimizers import PLAIN_FUNCTIONS, PLAIN_OPTIMIZERS

from pytest_optbench.optimizers import FUNCTIONS, optimize, problem

DIM = 50
ROUNDS = 7
POPULATION = 20
# evaluations an iteration, the core's iterations, the rival's, the parameters, the target in us an iteration
CASES = {
    "gradient_descent": (1, 1000, 20, {"lr": 1e-4, "momentum": 0.9}, 20.0),
    "adam": (1, 1000, 20, {}, 20.0),
    "simulated_annealing": (1, 2000, 1000, {}, 8.0),
    "random_search": (1, 10000, 1000, {}, 1.0),
    "evolution_strategy": (POPULATION, 200, 50, {"pop_size": POPULATION}, 40.0),
}


@pytest.mark.parametrize("algorithm", CASES)
def test_time_of_an_iteration_against_plain_code(algorithm: str) -> None:
    _, _, _, _, target = CASES[algorithm]
    rows = {name: race(algorithm, name) for name in FUNCTIONS}
    print(f"\n{algorithm}, us an iteration at dim {DIM} (target {target:g})")
    print(f"  {'function':<16}{'core':>9}{'plain':>10}{'ratio':>8}")
    for name, (core, plain) in rows.items():
        print(f"  {name:<16}{core:>9.2f}{plain:>10.1f}{plain / core:>8.1f}")
    core, plain = (geometric_mean([row[side] for row in rows.values()]) for side in (0, 1))
    print(f"  {'geometric mean':<16}{core:>9.2f}{plain:>10.1f}{plain / core:>8.1f}")


def race(algorithm: str, name: str) -> tuple[float, float]:
    """Least microseconds an iteration of the core and of the rival, over rounds in which they take turns."""
    per_iteration, core_iterations, plain_iterations, parameters, _ = CASES[algorithm]
    function, bounds = PLAIN_FUNCTIONS[name], (FUNCTIONS[name].lower, FUNCTIONS[name].upper)
    budget = per_iteration * core_iterations

    def core() -> int:
        rng = np.random.default_rng(1)
        return optimize(algorithm, problem(name, DIM, rng), budget, rng, **parameters).evaluations

    def plain() -> int:
        rng = np.random.default_rng(1)
        return len(PLAIN_OPTIMIZERS[algorithm](function, bounds, DIM, plain_iterations, rng))

    assert core() == budget, "stopped early: the time of an iteration would mean nothing"
    assert plain() == plain_iterations
    rounds = [(timed(core) / core_iterations, timed(plain) / plain_iterations) for _ in range(ROUNDS)]
    return min(row[0] for row in rounds), min(row[1] for row in rounds)


def timed(work: Callable[[], object]) -> float:
    """Microseconds that `work` takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))
