"""A store in a private database whose server may be restarted, locked or filled while a sweep writes to it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from pytest_optbench.drive.child_sweep import count_finished, start_in_child
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import audit_after
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.stress.process.child import ResourceLimits
from pytest_optbench.stress.servers.postgres import OWNER, Postgres
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target.locators import DatabaseStore

from .arrays import comes
from .workload import waiting

PATIENCE = 120.0  # seconds; only a server or a target that hangs takes as long
NAP = 0.02


@dataclass(frozen=True)
class Ended:
    """How many runs a sweep counts as completed, and the error that it ended with, or ""."""

    completed: int
    error: str


@dataclass(frozen=True)
class Database:
    """The store of a part, in a schema of its own: `ctx` has its locator, `gate` holds the last runs of a sweep."""

    scenario: Scenario
    server: Postgres
    ctx: SweepContext
    schema: str
    database: str

    @property
    def gate(self) -> Path:
        """The file that makes runs wait."""
        return self.scenario.folder / "gate"

    def sweep(self, runs: int, held: int = 0, first: int = 0, name: str = "stored", size: int = 0) -> PlannedSweep:
        """Return a sweep of which the last runs wait at the gate; params of each have `size` random bytes."""
        gates = [str(self.gate) * (n >= runs - held) for n in range(runs)]
        bulk = Random(0).randbytes(size).hex()  # which no database compresses much
        cases = [{"n": first + n, "gate": gate, "bulk": bulk} for n, gate in enumerate(gates)]
        return PlannedSweep(name, waiting, cases, artifacts=("value",))

    def run(self, sweep: PlannedSweep) -> None:
        """Run a sweep without trouble."""
        with witnessing(self.ctx.witness, self.ctx.session):
            self.scenario.target.run(sweep.experiment(self.scenario.target), self.ctx.options)

    def in_trouble(self, sweep: PlannedSweep, trouble: Callable[[], None], *, held: int = 0) -> Ended:
        """Run a sweep in another process, with trouble when all but its last `held` runs have ended, to its end.

        Without `held` runs the trouble comes when something of the sweep waits for a lock.
        """
        if held:
            self.gate.touch()
        ctx = replace(self.ctx, options=replace(self.ctx.options, workers=2))
        with start_in_child(sweep, ctx, bounds=ResourceLimits(PATIENCE)) as child:
            self._wait(lambda: count_finished(ctx.witness) == sweep.runs - held if held else self._is_blocked())
            trouble()
            self.gate.unlink(missing_ok=True)
            result = child.wait()
        if not result.reported or result.error:
            return Ended(0, result.describe())
        return Ended(result.value["completed"], result.value["error"] or "")

    def _is_blocked(self) -> bool:
        return self.server.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != [["0"]]

    def _wait(self, condition: Callable[[], bool]) -> None:
        if not comes(condition, PATIENCE, NAP):
            self.scenario.inconclusive(f"the sweep did not get as far as the trouble within {PATIENCE:.0f} s")

    def judge(self, sweep: PlannedSweep) -> int:
        """Audit the store against plan and witness, and return how many planned runs are read as successes."""
        audited = audit_after(sweep, self.ctx)
        self.scenario.ran(executed=audited.executed, audited=audited.audited, seconds=0.0)
        return len(audited.stored & {run.key for run in sweep.plan()})

    def tables(self) -> list[str]:
        """Return the names of the store's tables."""
        found = self.server.sql(f"SELECT tablename FROM pg_tables WHERE schemaname = '{self.schema}'", self.database)
        return [f'"{self.schema}"."{name}"' for (name,) in found]

    @contextmanager
    def locked(self) -> Iterator[subprocess.Popen[str]]:
        """Provide a client that holds a lock on every table of the store until it is told `COMMIT`, or dies."""
        with subprocess.Popen(
            self.server.client(self.database), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            locks = "".join(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n" for table in self.tables())
            client.stdin.write(f"BEGIN;\n{locks}\\echo locked\n")
            while client.stdout.readline().strip() != "locked":
                if client.poll() is not None:
                    self.scenario.inconclusive("a client could not lock the tables of the store")
            try:
                yield client
            finally:
                client.kill()


def require_database(scenario: Scenario) -> None:
    """Leave the part where no database was asked for, or the target keeps no stores in one."""
    scenario.target.require("postgresql")
    if not scenario.settings.postgres:
        scenario.not_applicable("no database was asked for: --optbench-postgres")


def take_connections(server: Postgres, seconds: float) -> None:
    """End every connection, and hold all that the server allows for some seconds, in the background."""
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    stack = ExitStack()
    while True:
        command = [*server.client(), r"--command=\warn connected", r"--command=\! exec sleep 600"]
        holder = stack.enter_context(subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True))
        stack.callback(os.killpg, holder.pid, signal.SIGKILL)  # the shell that sleeps as well
        assert holder.stderr is not None
        if holder.stderr.readline() != b"connected\n":  # the server refuses it
            break
    threading.Timer(seconds, stack.close).start()


@contextmanager
def in_database(
    scenario: Scenario, *, name: str = "store", database: str = OWNER, of: Postgres | None = None
) -> Iterator[Database]:
    """Provide a store in a cluster, that of this process if no other is given, which runs again at the end."""
    require_database(scenario)
    server = of or scenario.session.servers.postgres
    schema = f"part_{uuid.uuid4().hex[:12]}"
    place = DatabaseStore(server.locator(database), schema, str(scenario.folder / name / "store"))
    try:
        yield Database(scenario, server, scenario.at(name, store=place.locator), schema, database)
    finally:
        if not server.answers():
            server.start()
