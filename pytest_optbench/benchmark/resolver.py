"""From what a grid says to what an operation needs: derived values in, inactive parameters out."""

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
OWN: Mapping[str, tuple[str, ...]] = {
    name: tuple(parameter.name for parameter in fields(kind)) for name, kind in ALGORITHMS.items()
}
KNOWN = {*SHARED, *DERIVED}.union(*OWN.values())
DIFFICULTY = {"sphere": "easy", "rosenbrock": "medium", "griewank": "medium", "ackley": "hard", "rastrigin": "hard"}


def resolve(context_meta: Mapping[str, Any], params_raw: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve one case of a space; resolving the result again changes nothing, and the input stays as it is.

    `budget="auto"` becomes evaluations, `pop_size="auto"` max(20, 4 dim); gradient methods get `scaled_lr` =
    lr / sqrt(dim); `difficulty` labels the problem; parameters of other algorithms are left out, as is a
    `shrink_factor` beside a strategy that does not shrink.

    Raises:
        UnknownNameError: a parameter, algorithm or problem that nothing knows.
        InvalidInputError: an impossible value, by name.
    """
    del context_meta  # nothing in the context decides a parameter
    _refuse_unknown(params_raw)
    algorithm, problem = params_raw["algorithm"], params_raw["problem"]
    dim = check_integer("dim", params_raw["dim"], 1)
    own = _own(algorithm, params_raw, dim)
    configure(algorithm, **own)
    resolved = {"algorithm": algorithm, "problem": problem, "dim": dim, "budget": _budget(params_raw, problem, dim)}
    resolved["difficulty"] = DIFFICULTY[problem]
    if "lr" in own:
        resolved["scaled_lr"] = own["lr"] / math.sqrt(dim)
    return resolved | own


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


def _own(algorithm: str, params: Mapping[str, Any], dim: int) -> dict[str, Any]:
    """The parameters that this algorithm has and that do something beside the others."""
    own = {name: params[name] for name in OWN[algorithm] if name in params}
    if own.get("strategy", "shrinking") != "shrinking":
        own.pop("shrink_factor", None)
    if own.get("pop_size") == "auto":
        own["pop_size"] = max(20, 4 * dim)
    return own
