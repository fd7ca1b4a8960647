"""A sweep of the benchmark: a space, replicates, and the plan of its runs, independent of any runner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from pytest_optbench.grids import Source
from pytest_optbench.optimizers.parameters import check_integer
from pytest_optbench.stress.audit.reconcile import PlannedRun
from pytest_optbench.stress.witness.witness import run_key
from pytest_optbench.target import Target

from . import spaces
from .operation import ARTIFACTS, optbench
from .resolver import resolve

VERSION = "1"
ROOT_SEED = 20_240_101
REPLICATES = {"light": 2, "medium": 3, "heavy": 5, "extreme": 10}


@dataclass(frozen=True)
class Sweep:
    """A sweep over every case of `space`, with `replicates` runs each."""

    name: str
    space: Source
    replicates: int

    @classmethod
    def of_intensity(cls, intensity: str) -> Self:
        """Return the sweep of an intensity.

        Raises:
            UnknownNameError: there is no such intensity.
        """
        return cls(f"optbench-{intensity}", spaces.space(intensity), REPLICATES[intensity])

    @classmethod
    def of_algorithm(cls, algorithm: str, problem: str, replicates: int) -> Self:
        """Return the sweep of one algorithm on one problem.

        Raises:
            UnknownNameError: there is no such algorithm or problem.
            InvalidInputError: replicates below 1.
        """
        check_integer("replicates", replicates, 1)
        return cls(f"optbench-{algorithm}-{problem}", spaces.targeted(algorithm, problem), replicates)

    @classmethod
    def random(cls, trials: int, replicates: int) -> Self:
        """Return a sweep of random configurations.

        Raises:
            InvalidInputError: trials or replicates below 1.
        """
        check_integer("trials", trials, 1)
        check_integer("replicates", replicates, 1)
        return cls(f"optbench-random-{trials}", spaces.sampled(trials), replicates)

    @property
    def runs(self) -> int:
        """The number of runs: cases times replicates."""
        return self.space.size * self.replicates

    def part(self, index: int, count: int) -> Sweep:
        """Return shard `index` (from 0) of `count`: every `count`-th case, so that each shard has every algorithm."""
        return replace(self, space=self.space.shard(index, count))

    def random_slice(self, start: int, stop: int, seed: int = ROOT_SEED) -> Sweep:
        """Return cases `start` to `stop` of the whole space in a random order, fixed by `seed`, without repetition."""
        return replace(self, space=self.space.sample(self.space.size, seed)[start:stop])

    def experiment(self, target: Target) -> Any:
        """Build the experiment of this sweep for the metalab under test."""
        return target.experiment(
            name=self.name,
            version=VERSION,
            operation=optbench,
            params=self.space,
            seeds=(ROOT_SEED, self.replicates),
            context={"benchmark": "optbench"},
            resolver=resolve,
            tags=("optbench",),
            description="optimizers on test functions",
        )

    def plan(self) -> Iterator[PlannedRun]:
        """Yield every run that has to execute, in the order of the space."""
        for case in self.space:
            params = resolve({}, case.params)
            yield from self._planned_runs(params)

    def _planned_runs(self, params: dict[str, Any]) -> Iterator[PlannedRun]:
        for replicate in range(self.replicates):
            key = run_key(params, ROOT_SEED, replicate)
            yield PlannedRun(key, params, artifacts=ARTIFACTS)
