"""A trial: any operation over any cases, with the plan of what has to execute, so that an audit can judge it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pytest_optbench.grids import Source
from pytest_optbench.stress.audit.reconcile import PlannedRun
from pytest_optbench.stress.witness.witness import run_key
from pytest_optbench.target import Target

Params = Mapping[str, Any]


@dataclass(frozen=True)
class PlannedSweep:
    """What a scenario drives: `operation` over every case of `params`, with `seeds` (base, replicates).

    The operation witnesses its executions under `run_key(params, base, replicate)` (see `workloads`, `payload`).
    `artifacts` are names that every success must hold. Cases whose params are in `failing` are meant to fail.
    """

    name: str
    operation: Any
    params: Sequence[Params] | Source
    seeds: tuple[int, int] = (0, 1)
    version: str = "1"
    context: Any = None
    resolver: Any = None
    artifacts: tuple[str, ...] = ()
    failing: Sequence[Params] = ()

    @property
    def cases(self) -> list[Params]:
        """The params of every case, listed."""
        listed = (case.params for case in self.params) if isinstance(self.params, Source) else self.params
        return [dict(params) for params in listed]

    @property
    def runs(self) -> int:
        """How many runs there are in all."""
        cases = self.params.size if isinstance(self.params, Source) else len(self.params)
        return cases * self.seeds[1]

    def experiment(self, target: Target) -> Any:
        """The experiment that makes the metalab under test run this trial."""
        params = self.params if isinstance(self.params, Source) else self.cases
        return target.experiment(
            name=self.name,
            version=self.version,
            operation=self.operation,
            params=params,
            seeds=self.seeds,
            context=self.context,
            resolver=self.resolver,
        )

    def plan(self) -> Iterator[PlannedRun]:
        """Every run that has to execute. A resolver is taken to leave the params as they are."""
        base, replicates = self.seeds
        for params in self.cases:
            status: Literal["success", "failed"] = "failed" if params in self.failing else "success"
            for replicate in range(replicates):
                yield PlannedRun(run_key(params, base, replicate), params, status, self.artifacts)
