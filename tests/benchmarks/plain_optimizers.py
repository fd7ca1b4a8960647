"""The rival: the same five optimizers as one writes them without a thought for speed.

Points are evaluated one at a time, gradients are forward differences, the history is a list of copies.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def sphere(x):
    return np.sum(x**2)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rastrigin(x):
    return 10.0 * len(x) + np.sum(x**2 - 10.0 * np.cos(2.0 * np.pi * x))


def ackley(x):
    a = -20.0 * np.exp(-0.2 * np.sqrt(np.sum(x**2) / len(x)))
    b = -np.exp(np.sum(np.cos(2.0 * np.pi * x)) / len(x))
    return a + b + 20.0 + np.e


def griewank(x):
    i = np.arange(1, len(x) + 1)
    return np.sum(x**2) / 4000.0 - np.prod(np.cos(x / np.sqrt(i))) + 1.0


PLAIN_FUNCTIONS = {function.__name__: function for function in (sphere, rosenbrock, rastrigin, ackley, griewank)}


def finite_differences(f, x, step=1e-6):
    base = f(x)
    gradient = np.zeros_like(x)
    for i in range(len(x)):
        moved = x.copy()
        moved[i] += step
        gradient[i] = (f(moved) - base) / step
    return base, gradient


def gradient_descent(f, bounds, dim, iterations, rng, lr=1e-4, momentum=0.9):
    x = rng.uniform(*bounds, dim)
    velocity = np.zeros(dim)
    history = []
    for _ in range(iterations):
        value, gradient = finite_differences(f, x)
        history.append((value, x.copy()))
        velocity = momentum * velocity - lr * gradient
        x = np.clip(x + velocity, *bounds)
    return history


def adam(f, bounds, dim, iterations, rng, lr=0.05, beta1=0.9, beta2=0.999, epsilon=1e-8):
    x = rng.uniform(*bounds, dim)
    m, v = np.zeros(dim), np.zeros(dim)
    history = []
    for t in range(1, iterations + 1):
        value, gradient = finite_differences(f, x)
        history.append((value, x.copy()))
        m = beta1 * m + (1.0 - beta1) * gradient
        v = beta2 * v + (1.0 - beta2) * gradient**2
        m_hat, v_hat = m / (1.0 - beta1**t), v / (1.0 - beta2**t)
        x = np.clip(x - lr * m_hat / (np.sqrt(v_hat) + epsilon), *bounds)
    return history


def simulated_annealing(f, bounds, dim, iterations, rng, t_initial=10.0, t_final=0.01, step_size=0.1):
    x = rng.uniform(*bounds, dim)
    value = f(x)
    history = []
    spread = step_size * (bounds[1] - bounds[0]) / np.sqrt(dim)
    for k in range(iterations):
        temperature = t_initial * (t_final / t_initial) ** (k / iterations)
        candidate = np.clip(x + spread * rng.standard_normal(dim), *bounds)
        there = f(candidate)
        if there < value or rng.random() < np.exp((value - there) / temperature):
            x, value = candidate, there
        history.append((value, x))
    return history


def random_search(f, bounds, dim, iterations, rng):
    best, best_x = np.inf, None
    history = []
    for _ in range(iterations):
        x = rng.uniform(*bounds, dim)
        value = f(x)
        if value < best:
            best, best_x = value, x
        history.append((best, best_x))
    return history


def evolution_strategy(f, bounds, dim, iterations, rng, pop_size=20, elite=5, sigma=0.1, sigma_decay=0.99):
    centre = rng.uniform(*bounds, dim)
    spread = sigma * (bounds[1] - bounds[0])
    history = []
    for _ in range(iterations):
        population = np.clip(centre + spread * rng.standard_normal((pop_size, dim)), *bounds)
        values = np.array([f(x) for x in population])
        order = np.argsort(values)
        centre = population[order[:elite]].mean(axis=0)
        history.append((values[order[0]], population[order[0]].copy()))
        spread *= sigma_decay
    return history


PLAIN_OPTIMIZERS: dict[str, Callable[..., list]] = {
    optimizer.__name__: optimizer
    for optimizer in (gradient_descent, adam, simulated_annealing, random_search, evolution_strategy)
}
