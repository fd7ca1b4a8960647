"""The spaces of the optimizer benchmark: composed per algorithm, and the naive product for comparison.

A composed space is a union of products, one for each algorithm and each set of parameters that are active together,
so every parameter of every case has an effect. The naive product crosses every axis with every other one, as a flat
grid does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from pytest_optbench.errors import UnknownNameError
from pytest_optbench.grids import Source, choice, grid, grid_union, loguniform, product, randint, random, uniform
from pytest_optbench.grids.distributions import Distribution

Values = tuple[object, ...]
Axes = Mapping[str, Values]
PROBLEMS = ("sphere", "rosenbrock", "ackley", "rastrigin", "griewank")
AUTO = ("auto",)


@dataclass(frozen=True)
class Table:
    """The axes that all algorithms share, and for each algorithm the sets of its own axes that are active together."""

    shared: Axes
    by_algorithm: Mapping[str, tuple[Axes, ...]]


def _steps(low: float, high: float, count: int) -> Values:
    """Return `count` values from low to high in equal ratios, rounded to four digits for readability."""
    ratio = (high / low) ** (1 / (count - 1))
    return tuple(float(f"{low * ratio**i:.4g}") for i in range(count))


def _even(low: float, high: float, count: int) -> Values:
    """Return `count` values from low to high in equal distances, rounded to four digits too."""
    return tuple(float(f"{low + (high - low) * i / (count - 1):.4g}") for i in range(count))


_RANDOM_SEARCH: tuple[Axes, ...] = (
    {"strategy": ("uniform", "restart")},
    {"strategy": ("shrinking",), "shrink_factor": (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)},
)

TABLES: Mapping[str, Table] = {
    "light": Table(
        {"problem": ("sphere", "rosenbrock"), "dim": (5, 10), "budget": (100, 500)},
        {
            "gradient_descent": ({"lr": (0.1,)},),
            "random_search": ({"strategy": ("uniform",)},),
        },
    ),
    "medium": Table(
        {"problem": ("sphere", "rosenbrock", "rastrigin", "ackley"), "dim": (10, 20, 50), "budget": AUTO},
        {
            "gradient_descent": ({"lr": (0.001, 0.01), "momentum": (0.0, 0.9), "lr_decay": (0.0, 0.001)},),
            "adam": ({"lr": (0.01, 0.1), "beta1": (0.8, 0.9), "beta2": (0.99, 0.999)},),
            "simulated_annealing": (
                {"t_initial": (1.0, 10.0), "cooling": ("exponential", "linear"), "step_size": (0.05, 0.1)},
            ),
            "random_search": _RANDOM_SEARCH,
        },
    ),
    "heavy": Table(
        {"problem": PROBLEMS, "dim": (10, 25, 50, 100), "budget": AUTO},
        {
            "gradient_descent": (
                {
                    "lr": (0.0001, 0.001, 0.01, 0.05, 0.1),
                    "momentum": (0.0, 0.5, 0.9, 0.99),
                    "lr_decay": (0.0, 0.001),
                },
            ),
            "adam": (
                {"lr": (0.001, 0.005, 0.01, 0.05, 0.1), "beta1": (0.8, 0.9), "beta2": (0.9, 0.99, 0.995, 0.999)},
            ),
            "simulated_annealing": (
                {
                    "t_initial": (0.1, 1.0, 10.0, 100.0),
                    "cooling": ("exponential", "linear"),
                    "step_size": (0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
                },
            ),
            "random_search": _RANDOM_SEARCH,
            "evolution_strategy": (
                {
                    "pop_size": ("auto", 20, 50, 150),  # auto is 40, 100, 200 or 400
                    "elite_frac": (0.2, 0.5),
                    "sigma": (0.05, 0.1, 0.2, 0.5),
                    "sigma_decay": (0.99, 0.999),
                },
            ),
        },
    ),
    "extreme": Table(
        {"problem": PROBLEMS, "dim": (10, 25, 50, 100, 200), "budget": (500, 1000, 2000, 5000)},
        {
            "gradient_descent": (
                {
                    "lr": _steps(1e-5, 1.0, 25),
                    "momentum": _even(0.0, 0.99, 12),
                    "lr_decay": (0.0, *_steps(1e-5, 0.1, 9)),
                    "grad_clip": (1.0, 10.0),
                },
            ),
            "adam": ({"lr": _steps(1e-5, 1.0, 25), "beta1": _even(0.5, 0.99, 16), "beta2": _even(0.8, 0.9999, 16)},),
            "simulated_annealing": (
                {
                    "t_initial": _steps(0.01, 1000.0, 25),
                    "t_final": _steps(1e-6, 1e-3, 4),
                    "cooling": ("exponential", "linear"),
                    "step_size": _steps(0.001, 1.0, 30),
                },
            ),
            "random_search": (
                {"strategy": ("uniform", "restart")},
                {"strategy": ("shrinking",), "shrink_factor": _even(0.5, 0.99, 50)},
            ),
            "evolution_strategy": (
                {
                    "pop_size": (10, 15, 20, 30, 40, 50, 70, 100),
                    "elite_frac": _even(0.1, 0.5, 9),
                    "sigma": _steps(0.01, 1.0, 10),
                    "sigma_decay": _even(0.9, 1.0, 11),
                },
            ),
        },
    ),
}  # fmt: skip

INTENSITIES = tuple(TABLES)

_DRAWN: Mapping[str, Mapping[str, Distribution]] = {
    "gradient_descent": {
        "lr": loguniform(1e-5, 1.0), "momentum": uniform(0.0, 0.99), "lr_decay": loguniform(1e-5, 0.1),
    },
    "adam": {"lr": loguniform(1e-5, 1.0), "beta1": uniform(0.5, 0.99), "beta2": uniform(0.8, 0.9999)},
    "simulated_annealing": {
        "t_initial": loguniform(0.01, 1000.0),
        "cooling": choice(["exponential", "linear"]),
        "step_size": loguniform(0.001, 1.0),
    },
    "random_search": {"strategy": choice(["shrinking"]), "shrink_factor": uniform(0.5, 0.99)},
    "evolution_strategy": {
        "pop_size": randint(10, 100),
        "elite_frac": uniform(0.1, 0.5),
        "sigma": loguniform(0.01, 1.0),
        "sigma_decay": uniform(0.9, 1.0),
    },
}  # fmt: skip
ALGORITHMS = tuple(_DRAWN)


def space(intensity: str) -> Source:
    """Return the composed space of an intensity: 16, 384, 4,000 or 2,637,200 distinct cases.

    Raises:
        UnknownNameError: there is no such intensity.
    """
    table = _table(intensity)
    return grid_union(*_products(table.shared, table.by_algorithm), labels=_labels(table.by_algorithm))


def naive(intensity: str) -> Source:
    """Return the product of all axes of the same table, each parameter crossed with every algorithm.

    Raises:
        UnknownNameError: there is no such intensity.
    """
    table = _table(intensity)
    merged: dict[str, dict[object, None]] = {}
    for axes in (table.shared, *chain.from_iterable(table.by_algorithm.values())):
        for name, values in axes.items():
            merged.setdefault(name, {}).update(dict.fromkeys(values))
    return grid(algorithm=tuple(table.by_algorithm), **{name: tuple(values) for name, values in merged.items()})


def targeted(algorithm: str, problem: str) -> Source:
    """Return the medium parameters of one algorithm (heavy ones if medium lacks it) on one problem.

    Raises:
        UnknownNameError: there is no such algorithm or problem.
    """
    check_names(algorithm, problem)
    table = TABLES["medium"] if algorithm in TABLES["medium"].by_algorithm else TABLES["heavy"]
    shared = {**TABLES["medium"].shared, "problem": (problem,)}
    by_algorithm = {algorithm: table.by_algorithm[algorithm]}
    return grid_union(*_products(shared, by_algorithm), labels=_labels(by_algorithm))


def check_names(algorithm: str, problem: str) -> None:
    """Refuse an algorithm or a problem that the benchmark does not have.

    Raises:
        UnknownNameError: the message lists the valid names.
    """
    if algorithm not in ALGORITHMS:
        raise UnknownNameError("algorithm", algorithm, ALGORITHMS)
    if problem not in PROBLEMS:
        raise UnknownNameError("problem", problem, PROBLEMS)


def sampled(trials: int, seed: int = 0) -> Source:
    """Return `trials` random configurations, spread evenly over the algorithms, each with its own distributions."""
    shares = {name: len(range(index, trials, len(ALGORITHMS))) for index, name in enumerate(ALGORITHMS)}
    drawn = {name: share for name, share in shares.items() if share}
    shared = {"problem": choice(list(PROBLEMS)), "dim": choice([5, 10, 20, 50]), "budget": choice(["auto"])}
    sources = (
        random({"algorithm": choice([name]), **shared, **_DRAWN[name]}, n_trials=share, seed=seed + index)
        for index, (name, share) in enumerate(drawn.items())
    )
    return grid_union(*sources, labels=tuple(drawn))


def _table(intensity: str) -> Table:
    if intensity not in TABLES:
        raise UnknownNameError("intensity", intensity, TABLES)
    return TABLES[intensity]


def _products(shared: Axes, by_algorithm: Mapping[str, tuple[Axes, ...]]) -> Iterator[Source]:
    for algorithm, alternatives in by_algorithm.items():
        for axes in alternatives:
            yield product(grid(algorithm=(algorithm,)), grid(**shared), grid(**axes))


def _labels(by_algorithm: Mapping[str, tuple[Axes, ...]]) -> tuple[str, ...]:
    """Return one label for each branch: the algorithm, and its strategy if that distinguishes branches."""
    return tuple(_label(algorithm, axes) for algorithm, alternatives in by_algorithm.items() for axes in alternatives)


def _label(algorithm: str, axes: Axes) -> str:
    strategies = axes.get("strategy")
    return f"{algorithm}-{'-'.join(map(str, strategies))}" if strategies else algorithm
