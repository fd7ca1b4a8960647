"""First-order methods: gradient descent with momentum, and Adam. One descent loop, two rules for the step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from .arrays import Array
from .history import History
from .parameters import check_number
from .problem import Problem
from .result import OptimizationResult

Rule: TypeAlias = Callable[[Array], Array]
"""Turns the gradient at a point, shape (dim,), into the step to take; the next call may overwrite it."""

PATIENCE: Final = 50
"""A descent that steps out of the domain after so many iterations without a new best value has diverged."""


@dataclass(frozen=True)
class GradientDescent:
    """Gradient descent with heavy-ball momentum (Polyak 1964), projected onto the domain.

    Step t, from 0, goes lr / (1 + lr_decay t) per unit of gradient (inverse time decay). Gradients longer
    than `grad_clip` are scaled down to that length (None: never).

    Raises InvalidInputError for an impossible value.
    """

    lr: float = 0.01
    momentum: float = 0.0
    lr_decay: float = 0.0
    grad_clip: float | None = None

    def __post_init__(self) -> None:
        check_number("lr", self.lr, "(0, inf)")
        check_number("momentum", self.momentum, "[0, 1)")
        check_number("lr_decay", self.lr_decay, "[0, inf)")
        if self.grad_clip is not None:
            check_number("grad_clip", self.grad_clip, "(0, inf)")

    def __call__(self, problem: Problem, budget: int, rng: np.random.Generator) -> OptimizationResult:
        """Minimize `problem` from a random point; one evaluation an iteration."""
        return _descend(problem, budget, rng, self._rule(problem.dim))

    def _rule(self, dim: int) -> Rule:
        momentum, velocity = np.array(float(self.momentum)), np.zeros(dim)
        slowness = 1.0

        def step(gradient: Array) -> Array:
            nonlocal velocity, slowness
            scale = self.lr / slowness * self._clip_scale(gradient)
            velocity *= momentum
            velocity -= scale * gradient
            slowness += self.lr_decay
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

    `beta1` and `beta2` are the memories of the two moments, `epsilon` keeps the division finite.

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
        # The two sums are the paper's moments without their factors (1 - beta). Those go, with the bias
        # correction, into two numbers an iteration, which saves passes over the arrays; the numbers live in
        # arrays without dimensions, numpy's cheapest operands.
        beta1, beta2 = float(self.beta1), float(self.beta2)
        keep1, keep2, scale, floor = (np.array(number) for number in (beta1, beta2, 0.0, 0.0))
        first, second = np.zeros(dim), np.zeros(dim)
        power1 = power2 = 1.0

        def step(gradient: Array) -> Array:
            nonlocal first, second, power1, power2
            power1, power2 = power1 * beta1, power2 * beta2
            spread = math.sqrt((1.0 - power2) / (1.0 - beta2))
            scale[()] = -self.lr * spread * (1.0 - beta1) / (1.0 - power1)
            floor[()] = self.epsilon * spread
            first *= keep1
            first += gradient
            second *= keep2
            second += gradient * gradient
            moved: Array = scale * first / (np.sqrt(second) + floor)
            return moved

        return step


def _descend(problem: Problem, budget: int, rng: np.random.Generator, rule: Rule) -> OptimizationResult:
    history = History(budget)
    x = problem.sample(rng, 1)[0]
    stale = 0  # iterations since the best value
    # What lies outside the ball around the domain lies outside the domain, and one product tells.
    ball = problem.dim * max(abs(problem.lower), abs(problem.upper)) ** 2
    with np.errstate(over="ignore", invalid="ignore"):  # a step that overflows is what the loop looks for
        for _ in range(budget):
            value, gradient = problem.value_and_gradient(x)
            f = float(value)
            stale = 0 if f < history.best_f else stale + 1
            history.record(x, f)
            history.keep(x)
            goal = x + rule(gradient)
            reach = float(goal.dot(goal))
            if not reach <= ball and (stale >= PATIENCE or not math.isfinite(reach)):
                return history.result("diverged")
            x = problem.clip(goal)
    return history.result("budget")
