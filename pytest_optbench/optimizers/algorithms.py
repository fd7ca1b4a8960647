"""The optimizers by name, and the one call that runs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np

from pytest_optbench.errors import UnknownNameError

from .annealing import SimulatedAnnealing
from .evolution import EvolutionStrategy
from .gradient import Adam, GradientDescent
from .parameters import check_integer
from .problem import Problem
from .random_search import RandomSearch
from .result import OptimizationResult


class Algorithm(Protocol):
    """An optimizer with its parameters set."""

    def __call__(self, problem: Problem, budget: int, rng: np.random.Generator) -> OptimizationResult:
        """Minimize `problem` with at most `budget` (>= 1) evaluations."""


ALGORITHMS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "gradient_descent": GradientDescent,
        "adam": Adam,
        "simulated_annealing": SimulatedAnnealing,
        "random_search": RandomSearch,
        "evolution_strategy": EvolutionStrategy,
    }
)
"""A frozen dataclass a name; its fields are the algorithm's parameters, checked when it is made."""


def configure(algorithm: str, **parameters: object) -> Algorithm:
    """Set an optimizer's parameters without running it; what is left out keeps its default.

    Raises UnknownNameError (no such algorithm, parameter or choice) and InvalidInputError (impossible value).
    """
    if algorithm not in ALGORITHMS:
        raise UnknownNameError("algorithm", algorithm, ALGORITHMS)
    kind = ALGORITHMS[algorithm]
    valid = [field.name for field in fields(kind)]
    for name in parameters:
        if name not in valid:
            raise UnknownNameError(f"parameter of {algorithm}", name, valid)
    optimizer: Algorithm = kind(**parameters)
    return optimizer


def optimize(
    algorithm: str, problem: Problem, budget: int, rng: np.random.Generator, **parameters: object
) -> OptimizationResult:
    """Minimize `problem` with at most `budget` evaluations.

    An evaluation is one call of the objective at one point, with or without its gradient. The same state of
    `rng` gives the same result, bit for bit.

    Raises UnknownNameError (no such algorithm, parameter or choice) and InvalidInputError (impossible value).
    """
    return configure(algorithm, **parameters)(problem, check_integer("budget", budget, 1), rng)
