"""First-order methods: gradient descent with momentum, and Adam. One descent loop, two rules for the step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from pytest_optbench.core.arrays import Array
from pytest_optbench.core.history import History
from pytest_optbench.core.parameters import check_number
from pytest_optbench.core.problem import Problem
from pytest_optbench.core.result import OptimizationResult, Stop

Rule: TypeAlias = Callable[[Array], Array]
"""Turns the gradient at the current point, shape (dim,), into the step to take from there, a new array."""

PATIENCE: Final = 50
"""A descent whose objective stays above its starting value for so many iterations in a row has diverged."""


@dataclass(frozen=True)
class GradientDescent:
    """Gradient descent with heavy-ball momentum (Polyak 1964), projected onto the domain.

    `lr` is the first step's length per unit of gradient; every step multiplies it by `lr_decay`. Gradients longer
    than `grad_clip` are scaled down to that length (None: never).

    Raises InvalidInputError for an impossible value.
    """

    lr: float = 0.01
    momentum: float = 0.0
    lr_decay: float = 1.0
    grad_clip: float | None = None

    def __post_init__(self) -> None:
        check_number("lr", self.lr, "(0, inf)")
        check_number("momentum", self.momentum, "[0, 1)")
        check_number("lr_decay", self.lr_decay, "(0, 1]")
        if self.grad_clip is not None:
            check_number("grad_clip", self.grad_clip, "(0, inf)")

    def __call__(self, problem: Problem, budget: int, rng: np.random.Generator) -> OptimizationResult:
        """Minimize `problem` from a random point; one evaluation an iteration."""
        return _descend(problem, budget, rng, self._rule(problem.dim))

    def _rule(self, dim: int) -> Rule:
        lr = float(self.lr)
        momentum, velocity = np.array(self.momentum), np.zeros(dim)

        def step(gradient: Array) -> Array:
            nonlocal lr, velocity
            velocity = momentum * velocity - (lr * self._clip_scale(gradient)) * gradient
            lr *= self.lr_decay
            return velocity

        return step

    def _clip_scale(self, gradient: Array) -> float:
        if self.grad_clip is None:
            return 1.0
        length = math.sqrt(gradient.dot(gradient))
        return min(1.0, self.grad_clip / length) if length else 1.0


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1), projected onto the domain.

    `beta1` and `beta2` are the memories of the first and the second moment, `epsilon` keeps the division finite.

    Raises InvalidInputError for an impossible value.
    """

    lr: float = 0.05
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        check_number("lr", self.lr, "(0, inf)")
        check_number("beta1", self.beta1, "[0, 1)")
        check_number("beta2", self.beta2, "[0, 1)")
        check_number("epsilon", self.epsilon, "(0, inf)")

    def __call__(self, problem: Problem, budget: int, rng: np.random.Generator) -> OptimizationResult:
        """Minimize `problem` from a random point; one evaluation an iteration."""
        return _descend(problem, budget, rng, self._rule(problem.dim))

    def _rule(self, dim: int) -> Rule:
        # The two sums are the paper's moments without their factors (1 - beta); those cancel against the bias
        # correction and go into two scalars an iteration, which saves two passes over the arrays.
        beta1, beta2 = float(self.beta1), float(self.beta2)
        keep1, keep2 = np.array(beta1), np.array(beta2)
        first, second = np.zeros(dim), np.zeros(dim)
        power1 = power2 = 1.0

        def step(gradient: Array) -> Array:
            nonlocal first, second, power1, power2
            power1, power2 = power1 * beta1, power2 * beta2
            first = keep1 * first + gradient
            second = keep2 * second + gradient * gradient
            spread = math.sqrt((1.0 - power2) / (1.0 - beta2))
            scale = -self.lr * spread * (1.0 - beta1) / (1.0 - power1)
            return scale * first / (np.sqrt(second) + self.epsilon * spread)

        return step


def _descend(problem: Problem, budget: int, rng: np.random.Generator, rule: Rule) -> OptimizationResult:
    history = History(budget)
    x, start = problem.sample(rng, 1)[0], math.inf
    worse = 0  # iterations in a row above the starting value
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # overflow is how divergence shows; it is checked below
        while True:
            value, gradient = problem.value_and_gradient(x)
            f = float(value)
            history.record(x, f)
            history.keep(x)
            start = min(start, f) if history.remaining == budget - 1 else start
            worse = 0 if f <= start else worse + 1
            if history.remaining == 0:
                return history.result("budget")
            goal = x + rule(gradient)
            if worse >= PATIENCE or not math.isfinite(goal.dot(goal)):
                return history.result("diverged")
            x = problem.clip(goal)
