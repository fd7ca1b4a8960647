"""What an optimization leaves: the best point, the whole convergence history, and where it has been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .arrays import Array, Counts

Stop: TypeAlias = Literal["budget", "diverged"]


@dataclass(frozen=True, eq=False)
class OptimizationResult:
    """The outcome of one optimization.

    `history_f[i]` is the best value after `history_evaluations[i]` evaluations, one entry an evaluation; it
    never rises, and its last entry is `best_f`. `trajectory[j]` is where the search stood after
    `trajectory_evaluations[j]` evaluations: the iterate of a gradient method, the current state of annealing,
    the centre of a population, the best point of a random search. It holds at most 100 positions.

    `stopped` says why it ended: "budget" (spent) or "diverged" (gradient methods alone).
    """

    best_x: Array  # (dim,)
    best_f: float
    evaluations: int
    history_evaluations: Counts  # (evaluations,)
    history_f: Array  # (evaluations,)
    trajectory_evaluations: Counts  # (m,), m <= 100
    trajectory: Array  # (m, dim)
    stopped: Stop
