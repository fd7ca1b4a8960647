"""The operation of the optimizer benchmark: one optimization, whose results are captured and witnessed.

It is decorated when this module is imported, by the metalab under test, because a worker process finds an operation
by `module:qualname` and must get the same object.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_optbench.optimizers import OptimizationResult, optimize, problem
from pytest_optbench.optimizers.ecdf import hitting_times
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target import digest
from pytest_optbench.workloads.payload import write_report
from pytest_optbench.workloads.workload import WorkloadRun, workload

CONVERGED = 1e-3  # optimality gap at which a run counts as converged
PRECISIONS = tuple(10.0**power for power in range(2, -9, -1))  # the precisions that COCO reports, 1e2 to 1e-8
ARTIFACTS = ("convergence_curve", "best_solution", "trajectory", "summary", "report")
CURVE_POINTS = 500
STEPPED_POINTS = 100
NOT_FOR_OPTIMIZERS = ("algorithm", "problem", "dim", "budget", "difficulty", "scaled_lr")


@dataclass(frozen=True)
class Production:
    """Everything that one run captures, as plain values: numbers, series, artifacts, and the text of the report."""

    metrics: Mapping[str, Any]
    objective: tuple[tuple[int, float], ...]
    artifacts: Mapping[str, Any]
    report: str


def produce(params: Mapping[str, Any], search: np.random.Generator, instance: np.random.Generator) -> Production:
    """Optimize one shifted instance and describe the result; the same generators give the same bytes."""
    function = problem(params["problem"], params["dim"], instance)
    arguments = {name: value for name, value in params.items() if name not in NOT_FOR_OPTIMIZERS}
    if "scaled_lr" in params:
        arguments["lr"] = params["scaled_lr"]
    result = optimize(params["algorithm"], function, params["budget"], search, **arguments)
    gap = result.best_f - function.minimum
    metrics = _metrics(params, result, gap)
    return Production(metrics, _objective(result), _artifacts(params, result, metrics), _report(params, metrics))


@workload("optbench", "runtime")
def optbench(run: WorkloadRun) -> None:
    """Run one configuration once: eight metrics, one stepped metric, five artifacts, one witness line."""
    production = produce(run.params, run.seeds.numpy("search"), run.seeds.numpy("instance"))
    _record(run.produced, run.key, production)
    run.capture.log_metrics({**production.metrics, WITNESS_METRIC: run.key})
    for step, value in production.objective:
        run.capture.metric("objective", value, step=step)
    for name, value in production.artifacts.items():
        run.capture.artifact(name, value, kind="json" if name == "summary" else "numpy")
    run.capture.file("report", write_report(production.report, run.runtime.scratch_dir))


def _record(produced: Any, key: str, production: Production) -> None:
    """Report the results to the witness before the runner captures them."""
    produced.metrics.update(production.metrics, **{WITNESS_METRIC: key})
    produced.series["objective"] = list(production.objective)
    produced.artifacts.update({name: digest(value) for name, value in production.artifacts.items()})
    produced.artifacts["report"] = digest(production.report)


def _metrics(params: Mapping[str, Any], result: OptimizationResult, gap: float) -> dict[str, Any]:
    return {
        "algorithm": params["algorithm"],
        "problem": params["problem"],
        "dim": params["dim"],
        "best_f": result.best_f,
        "converged": gap <= CONVERGED,
        "evaluations": result.evaluations,
        "optimality_gap": gap,
        "convergence_rate": _convergence_rate(result, gap),
    }


def _convergence_rate(result: OptimizationResult, gap: float) -> float:
    """Return the decades of the optimality gap closed per thousand evaluations; a gap is closed at 1e-16."""
    first = max(float(result.history_f[0]), 1e-16)
    return math.log10(first / max(gap, 1e-16)) / result.evaluations * 1000.0


def _objective(result: OptimizationResult) -> tuple[tuple[int, float], ...]:
    """Return the best value after some evaluations, at geometric distances: all of the first, few of the last."""
    kept = _thinned(result.evaluations, STEPPED_POINTS)
    return tuple(zip(kept.tolist(), result.history_f[kept - 1].tolist(), strict=True))


def _artifacts(params: Mapping[str, Any], result: OptimizationResult, metrics: Mapping[str, Any]) -> dict[str, Any]:
    kept = _thinned(result.evaluations, CURVE_POINTS)
    best = result.history_f
    hits = hitting_times(result.history_evaluations, best, np.array(PRECISIONS))
    return {
        "convergence_curve": {"evaluations": kept, "best_f": best[kept - 1]},
        "best_solution": {"x": result.best_x, "f": np.array(result.best_f)},
        "trajectory": {"evaluations": result.trajectory_evaluations, "x": result.trajectory},
        "summary": {
            "params": dict(params),
            "results": dict(metrics),
            "stopped": result.stopped,
            "evaluations_to_target": _evaluations_to_precision(hits),
        },
    }


def _evaluations_to_precision(hits: Any) -> dict[str, int | None]:
    """Return the evaluations to each precision, None for one that was never reached."""
    times = np.asarray(hits, dtype=float).ravel().tolist()
    return {
        f"{precision:.0e}": int(time) if math.isfinite(time) else None
        for precision, time in zip(PRECISIONS, times, strict=True)
    }


def _thinned(evaluations: int, points: int) -> Any:
    """Return at most `points` different numbers from 1 to `evaluations`, both included, at geometric distances."""
    return np.unique(np.geomspace(1, evaluations, points).round().astype(np.int64))


def _report(params: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    rows = [f"{name:<18} {value}" for name, value in (*params.items(), *metrics.items())]
    return "\n".join([f"{params['algorithm']} on {params['problem']} in {params['dim']} dimensions", *rows, ""])
