"""Sweeps on a private cluster: start one as job arrays, and wait for its jobs, its executions and its end."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from pytest_optbench.drive.child_sweep import count_finished
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import successes_in
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.errors import ServerError
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.stress.servers.slurm import Slurm
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.witness import read, witnessing
from pytest_optbench.target import RunOptions, StartedSweep
from pytest_optbench.target.slurm import slurm_executor

PATIENCE = 120.0  # seconds for what takes some; only a cluster or a target that hangs takes as long
END = 15.0  # seconds in which a target has to notice that its last job is gone: metalab counts every 5
NAP = 0.1


@dataclass(frozen=True)
class Arrays:
    """The sweeps of a part on a cluster; `ctx` has their store and their witness."""

    scenario: Scenario
    cluster: Slurm
    ctx: SweepContext

    def started(self, sweep: PlannedSweep, **config: Any) -> AbstractContextManager[StartedSweep]:
        """Start a sweep as arrays; `config` are fields of the executor's config, such as `chunk_size`."""
        return self.started_as(sweep.experiment(self.scenario.target), **config)

    @contextmanager
    def started_as(self, experiment: Any, **config: Any) -> Iterator[StartedSweep]:
        """Start an experiment as arrays."""
        executor = slurm_executor(self.scenario.target.module, 8, **config)
        options = RunOptions(self.ctx.options.store, "slurm", shared=executor)
        with witnessing(self.ctx.witness, self.ctx.session):
            yield self.scenario.target.start(experiment, options)

    def completed(self, sweep: PlannedSweep) -> int:
        """Start a sweep again, wait for its jobs, and return how many planned runs are stored as successes."""
        with self.started(sweep, chunk_size=1):
            self.finish()
        return self.examined(sweep)

    def finish(self) -> None:
        """Wait until no job of the cluster is left."""
        self.wait_for(lambda: not self.cluster.jobs(), "no job is left")

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition; where it does not come, this machine cannot decide."""
        if not comes(condition, PATIENCE):
            self.scenario.inconclusive(f"within {PATIENCE:.0f} s it did not come to this: {what}")

    def executions(self) -> list[Execution]:
        """Return every execution so far."""
        return list(read(self.ctx.witness))

    def finished(self) -> int:
        """Return how many executions have come to their end."""
        return count_finished(self.ctx.witness)

    def running(self) -> list[Execution]:
        """Return the executions that have begun and not ended."""
        return [execution for execution in self.executions() if execution.finished is None]

    def repeated(self) -> int:
        """Return how many runs came to their end more than once."""
        counts = Counter(execution.key for execution in self.executions() if execution.finished is not None)
        return sum(count > 1 for count in counts.values())

    def stored(self, sweep: PlannedSweep) -> int:
        """Return how many planned runs are stored as successes."""
        return len(successes_in(sweep, self.ctx) & {run.key for run in sweep.plan()})

    def examined(self, sweep: PlannedSweep) -> int:
        """Record what was executed and is stored, and return how many planned runs are stored as successes."""
        stored = self.stored(sweep)
        self.scenario.ran(executed=self.finished(), audited=stored, seconds=0.0)
        return stored


def comes(condition: Callable[[], object], seconds: float, nap: float = NAP) -> bool:
    """Wait up to `seconds` for a condition, with a look every `nap` seconds; return whether it came."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(nap)
    return True


@contextmanager
def on_cluster(scenario: Scenario, name: str = "arrays") -> Iterator[Arrays]:
    """Provide the cluster of this process, without jobs before and after, to a part that drives it."""
    scenario.target.require("slurm")
    servers = scenario.session.servers
    if not ("cluster" in scenario.settings.intensities or scenario.settings.executor == "slurm"):
        scenario.not_applicable("no cluster was asked for: -m 'light and cluster'")
    cluster = servers.slurm
    before = os.environ.get("SLURM_CONF")
    os.environ |= cluster.environment
    try:
        yield Arrays(scenario, cluster, scenario.at(name))
    finally:
        os.environ.pop("SLURM_CONF")
        os.environ |= {} if before is None else {"SLURM_CONF": before}
        _calm(cluster)


def _calm(cluster: Slurm) -> None:
    """Leave the cluster to the next part as this one found it."""
    cluster.start()
    cluster.cancel_all()
    try:
        cluster.resume()
    except ServerError:  # a node that was not drained needs no resuming
        return
