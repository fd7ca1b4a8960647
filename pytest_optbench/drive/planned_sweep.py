"""A planned sweep: an operation over cases, with the plan of the runs that have to execute, for the audit."""

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
    """A sweep of a scenario: `operation` over every case of `params`, with `seeds` (base, replicates).

    The operation witnesses its executions under `run_key(params, base, replicate)` (see `workloads`, `payload`).
    `artifacts` are names that every success must have. Cases whose params are in `failing` have to fail.
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
        """The params of every case."""
        listed = (case.params for case in self.params) if isinstance(self.params, Source) else self.params
        return [dict(params) for params in listed]

    @property
    def runs(self) -> int:
        """The number of all runs."""
        cases = self.params.size if isinstance(self.params, Source) else len(self.params)
        return cases * self.seeds[1]

    def experiment(self, target: Target) -> Any:
        """Return the experiment with which the metalab under test runs this sweep."""
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
        """Yield every run that has to execute; a resolver is assumed not to change the params."""
        base, replicates = self.seeds
        for params in self.cases:
            status: Literal["success", "failed"] = "failed" if params in self.failing else "success"
            for replicate in range(replicates):
                yield PlannedRun(run_key(params, base, replicate), params, status, self.artifacts)
