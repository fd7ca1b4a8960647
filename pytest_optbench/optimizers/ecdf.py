"""Runtime distributions as COCO reports them: the share of pairs (run, target precision) solved so far.

A runtime is the number of evaluations until the best value has reached a target precision; it is infinite for a run
that never reaches it. Where some runs on a problem fail, simulated restarts give the runtimes of an algorithm that
begins anew until it succeeds. Plots are drawn over evaluations / dim on a logarithmic axis.

Source: N. Hansen, A. Auger, D. Brockhoff, D. Tusar, T. Tusar, COCO: Performance Assessment (2016),
arXiv:1605.03560.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pytest_optbench.errors import InvalidInputError

from .arrays import Array


def coco_targets() -> Array:
    """Return COCO's 51 target precisions: even on a logarithmic scale from 1e2 down to 1e-8, shape (51,)."""
    return np.logspace(2.0, -8.0, 51)


def hitting_times(evaluations: ArrayLike, best: ArrayLike, targets: ArrayLike) -> Array:
    """Return the first evaluation at which each target is reached (best <= target), or infinity: shape (t,).

    `evaluations` (k,) increase, and `best` (k,), the smallest f - minimum so far, never increases. If a history was
    thinned, the result is the first evaluation in it at which the target had been reached.

    Raises:
        InvalidInputError: the two differ in length or are not in this order.
    """
    when, precision = np.asarray(evaluations, dtype=np.float64), np.asarray(best, dtype=np.float64)
    if when.shape != precision.shape or when.ndim != 1:
        raise InvalidInputError(f"a history is two lists of one length: got shapes {when.shape} and {precision.shape}")
    if not (np.all(when[1:] > when[:-1]) and np.all(precision[1:] <= precision[:-1])):
        raise InvalidInputError("a history must rise in evaluations and never rise in precision: sort the points")
    first = np.searchsorted(-precision, -np.asarray(targets, dtype=np.float64))
    return np.append(when, np.inf)[first]


def restarted_runtimes(hits: ArrayLike, spent: ArrayLike, rng: np.random.Generator, samples: int) -> Array:
    """Draw the runtimes of an algorithm that restarts until it succeeds: shape (targets, samples).

    `hits` (runs, targets) are hitting times of runs on one problem, `spent` (runs,) all evaluations of each run. A
    sample draws runs with replacement until one has reached the target, and adds all evaluations of the failed ones to
    the hitting time of the last one. If no run succeeded, every sample is infinite.

    Raises:
        InvalidInputError: the shapes do not match.
    """
    table, lengths = np.asarray(hits, dtype=np.float64), np.asarray(spent, dtype=np.float64)
    if table.ndim != 2 or lengths.shape != table.shape[:1]:
        raise InvalidInputError(
            f"hits must be (runs, targets) and spent (runs,): got shapes {table.shape} and {lengths.shape}"
        )
    return np.array([_restart(column, lengths, rng, samples) for column in table.T]).reshape(-1, samples)


def _restart(hits: Array, spent: Array, rng: np.random.Generator, samples: int) -> Array:
    solved = np.isfinite(hits)
    if not solved.any():
        return np.full(samples, np.inf)
    runtimes: Array = rng.choice(hits[solved], samples)
    if not solved.all():
        failures = rng.geometric(solved.mean(), samples) - 1  # runs drawn before the first success
        added_cost = rng.choice(spent[~solved], failures.sum())
        runtimes += np.bincount(np.repeat(np.arange(samples), failures), weights=added_cost, minlength=samples)
    return runtimes


def average_runtime(hits: ArrayLike, spent: ArrayLike) -> float:
    """Return COCO's average runtime (aRT, ERT) for one target: evaluations until it is reached, per success.

    The evaluations of all runs are added, until a run reaches the target or ends. `hits` (runs,) are hitting times,
    `spent` (runs,) all evaluations of each run. The result is infinite without a success.
    """
    times, lengths = np.asarray(hits, dtype=np.float64), np.asarray(spent, dtype=np.float64)
    successes = np.count_nonzero(np.isfinite(times))
    return float(np.minimum(times, lengths).sum() / successes) if successes else float("inf")


def ecdf(runtimes: ArrayLike, at: ArrayLike) -> Array:
    """Return the share of runtimes that are at most each value of `at` (m,): shape (m,).

    `runtimes` may have any shape: runs, targets and problems are pooled. Infinite ones count as unsolved.

    Raises:
        InvalidInputError: there are no runtimes.
    """
    pooled = np.sort(np.asarray(runtimes, dtype=np.float64), axis=None)
    if pooled.size == 0:
        raise InvalidInputError("an ECDF needs at least one runtime: got none")
    solved = pooled[np.isfinite(pooled)]
    return np.searchsorted(solved, np.asarray(at, dtype=np.float64), side="right") / pooled.size
