"""Experiments of the metalab under test, ready for its `run`."""

from __future__ import annotations

from typing import Any

from pytest_optbench.target import load_target

from .sweep import Sweep


def build_experiment(intensity: str = "light") -> Any:
    """The optimizer benchmark at an intensity: 32, 1,152, 20,000 or 26 million runs.

    Raises:
        UnknownNameError: no such intensity.
    """
    return Sweep.at(intensity).experiment(load_target())


def build_targeted(algorithm: str, problem: str, replicates: int = 3) -> Any:
    """One algorithm on one problem.

    Raises:
        UnknownNameError: no such algorithm or problem.
        InvalidInputError: replicates below 1.
    """
    return Sweep.aimed(algorithm, problem, replicates).experiment(load_target())


def build_random(trials: int = 100, replicates: int = 1) -> Any:
    """Random configurations, shared out over all algorithms.

    Raises:
        InvalidInputError: trials or replicates below 1.
    """
    return Sweep.random(trials, replicates).experiment(load_target())
