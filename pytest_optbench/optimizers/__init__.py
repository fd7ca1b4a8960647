"""Test functions and optimizers: pure, seeded, and cheap beside the runner that drives them.

rng = np.random.default_rng(7)
result = optimize("adam", problem("rastrigin", 50, rng), default_budget("rastrigin", 50), rng, lr=0.1)
"""

from .algorithms import ALGORITHMS, Algorithm, configure, optimize
from .ecdf import average_runtime, coco_targets, ecdf, hitting_times, restarted_runtimes
from .functions import FUNCTIONS, Objective
from .problem import Problem, default_budget, problem
from .result import OptimizationResult

__all__ = [
    "ALGORITHMS",
    "FUNCTIONS",
    "Algorithm",
    "Objective",
    "OptimizationResult",
    "Problem",
    "average_runtime",
    "coco_targets",
    "configure",
    "default_budget",
    "ecdf",
    "hitting_times",
    "optimize",
    "problem",
    "restarted_runtimes",
]
