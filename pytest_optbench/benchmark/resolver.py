"""Resolve the parameters of a case: add derived values, remove inactive parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pytest_optbench.errors import UnknownNameError
from pytest_optbench.optimizers import ALGORITHMS, configure, default_budget
from pytest_optbench.optimizers.parameters import check_choice, check_integer

from .spaces import PROBLEMS

SHARED = ("algorithm", "problem", "dim", "budget")
DERIVED = ("difficulty", "scaled_lr")
OF_ALGORITHM: Mapping[str, tuple[str, ...]] = {
    name: tuple(parameter.name for parameter in fields(kind)) for name, kind in ALGORITHMS.items()
}
KNOWN = {*SHARED, *DERIVED}.union(*OF_ALGORITHM.values())
DIFFICULTY = {"sphere": "easy", "rosenbrock": "medium", "griewank": "medium", "ackley": "hard", "rastrigin": "hard"}


def resolve(context_meta: Mapping[str, Any], params_raw: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve one case of a space; resolving the result again changes nothing, and the input is not changed.

    `budget="auto"` becomes evaluations, `pop_size="auto"` max(20, 4 dim); gradient methods get `scaled_lr` =
    lr / sqrt(dim); `difficulty` labels the problem; parameters of other algorithms are left out, as is a
    `shrink_factor` with a strategy that does not shrink.

    Raises:
        UnknownNameError: a parameter, algorithm or problem is unknown.
        InvalidInputError: a value is impossible; the message names it.
    """
    del context_meta  # parameters do not depend on the context
    _refuse_unknown(params_raw)
    algorithm, problem = params_raw["algorithm"], params_raw["problem"]
    dim = check_integer("dim", params_raw["dim"], 1)
    arguments = _arguments(algorithm, params_raw, dim)
    configure(algorithm, **arguments)
    resolved = {"algorithm": algorithm, "problem": problem, "dim": dim, "budget": _budget(params_raw, problem, dim)}
    resolved["difficulty"] = DIFFICULTY[problem]
    if "lr" in arguments:
        resolved["scaled_lr"] = arguments["lr"] / math.sqrt(dim)
    return resolved | arguments


def _refuse_unknown(params: Mapping[str, Any]) -> None:
    for name in params:
        if name not in KNOWN:
            raise UnknownNameError("parameter", name, KNOWN)
    for name in ("algorithm", "problem", "dim"):
        if name not in params:
            raise UnknownNameError("case without", name, SHARED)
    check_choice("algorithm", params["algorithm"], ALGORITHMS)
    check_choice("problem", params["problem"], PROBLEMS)


def _budget(params: Mapping[str, Any], problem: str, dim: int) -> int:
    budget = params.get("budget", "auto")
    return default_budget(problem, dim) if budget == "auto" else check_integer("budget", budget, 1)


def _arguments(algorithm: str, params: Mapping[str, Any], dim: int) -> dict[str, Any]:
    """Return the parameters of this algorithm that are active together with its others."""
    arguments = {name: params[name] for name in OF_ALGORITHM[algorithm] if name in params}
    if arguments.get("strategy", "shrinking") != "shrinking":
        arguments.pop("shrink_factor", None)
    if arguments.get("pop_size") == "auto":
        arguments["pop_size"] = max(20, 4 * dim)
    return arguments
