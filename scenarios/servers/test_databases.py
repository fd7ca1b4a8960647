"""Servers, databases: a PostgreSQL that is restarted, locked, filled up or set back while sweeps write to it.

Run them with `--optbench-postgres`: they start a private server.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from pytest_optbench.drive.child_sweep import start_in_child
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.errors import ServerError
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.process.child import ResourceLimits
from pytest_optbench.stress.servers.postgres import ENDINGS, private_postgres

from .databases import Database, Ended, in_database, require_database, take_connections

LOST = promise("servers.nothing-lost")
AGREES = promise("servers.index-agrees")
APART = promise("servers.experiments-apart")
WRITERS = promise("servers.many-writers")
PROCESSES = 16
LOCKED = 3.0  # seconds that a client keeps its locks after something waits for them
CONNECTIONS = 8
DISK = 48  # MB of the file system for a database: an empty one has 8


@pytest.mark.breaking_point("servers", light=6, medium=60)
def test_restarted_server(load: Load, scenario: Scenario) -> None:
    """A server that is restarted while runs are under way, well or after a crash, costs none of them."""
    for ending in ENDINGS:
        with in_database(scenario, name=ending) as database:
            sweep = database.sweep(load.size, held=2)
            ended = database.in_trouble(sweep, partial(database.server.restart, ending), held=2)
            _judge(database, sweep, ended, f"the server was restarted ({ending})")


@pytest.mark.breaking_point("servers", light=4, medium=40)
def test_locked_tables(load: Load, scenario: Scenario) -> None:
    """A client that holds locks, until it lets go or is killed, delays a sweep and costs no run."""
    for way, unlock in WAYS.items():
        with in_database(scenario, name=way) as database:
            database.run(database.sweep(1, first=100))
            sweep = database.sweep(load.size)
            with database.locked() as client:
                ended = database.in_trouble(sweep, partial(unlock, client))
            _judge(database, sweep, ended, f"its tables were locked by a client ({way})")


@pytest.mark.breaking_point("servers", light=4, medium=40)
def test_no_connections(load: Load, scenario: Scenario) -> None:
    """A server whose connections are all taken for some seconds delays a sweep and costs no run."""
    require_database(scenario)
    with private_postgres(max_connections=CONNECTIONS) as server, in_database(scenario, of=server) as database:
        sweep = database.sweep(load.size, held=2)
        ended = database.in_trouble(sweep, partial(take_connections, server, LOCKED), held=2)
        _judge(database, sweep, ended, f"all of its {CONNECTIONS} connections were taken for {LOCKED:.0f} s")


@pytest.mark.breaking_point("servers", light=2, medium=20)
def test_sixteen_writers(load: Load, scenario: Scenario) -> None:
    """Sixteen processes write runs of one experiment to one database."""
    with in_database(scenario) as database:
        sweeps = [database.sweep(load.size, first=number * load.size) for number in range(PROCESSES)]
        children = [start_in_child(sweep, database.ctx, bounds=ResourceLimits(240.0)) for sweep in sweeps]
        ended = [child.wait() for child in children]
        for child in children:
            child.close()
        whole = database.sweep(PROCESSES * load.size)
        stored = database.judge(whole)
        failed = [result.describe() for result in ended if result.error or not result.reported]
        if stored != whole.runs or failed:
            scenario.breaks(
                WRITERS,
                f"{PROCESSES} processes wrote {load.size} runs each: {stored} of {whole.runs} are stored"
                + (f"; of the processes {len(failed)} did not end well: {failed[0]}" if failed else "."),
            )


@pytest.mark.breaking_point("servers", light=4)
def test_full_disk(load: Load, scenario: Scenario) -> None:
    """Runs that end while the server's disk is full are read once it has room again, or were not counted."""
    with _small_disk(scenario) as (name, folder), in_database(scenario, database=name) as database:
        sweep = database.sweep(load.size, held=2, size=20_000)
        ended = database.in_trouble(sweep, lambda: _fill(database, folder), held=2)
        (folder / "filler").unlink()
        _judge(database, sweep, Ended(ended.completed, ""), "its disk was full")  # an error is the right answer
        database.run(sweep)
        if (stored := database.judge(sweep)) != sweep.runs:
            scenario.breaks(
                LOST,
                f"The disk was full while a sweep wrote, and has room again; after another sweep {stored} of "
                f"{sweep.runs} runs are read.",
            )


@pytest.mark.breaking_point("servers", light=4)
def test_index_behind_files(load: Load, scenario: Scenario) -> None:
    """Of a store that keeps files and an index, an index that was set back hides nothing, and can be made anew."""
    with in_database(scenario) as database:
        sweep = database.sweep(load.size)
        target, options = scenario.target, database.ctx.options
        experiment = sweep.experiment(target)
        database.run(sweep)
        reader = target.dialect.reader(target.module, options.store, target.experiment_id(experiment))
        if not hasattr(reader.store, "rebuild_index"):
            scenario.not_applicable(f"the store of {target.name} has no index beside it that could be made anew")
        database.server.sql("".join(f"TRUNCATE {table} CASCADE;" for table in database.tables()))
        snapshot = target.read(options.store, experiment)
        hidden = load.size - len(snapshot.runs)
        if hidden and not snapshot.problems:
            scenario.breaks(
                AGREES,
                f"The index was cleared: of {load.size} runs in files {hidden} are not read, and nothing says so.",
            )
        other = database.sweep(load.size, name="other")
        database.run(other)
        reader.store.rebuild_index()
        reader.close()
        for made in (sweep, other):
            if (found := database.judge(made)) != load.size:
                scenario.breaks(
                    AGREES,
                    f"The index of {sweep.name!r} was made anew: of {load.size} runs of {made.name!r} {found} are read",
                )


@pytest.mark.breaking_point("servers", light=3, medium=30)
def test_two_experiments(load: Load, scenario: Scenario) -> None:
    """`load_results` by the locator gives one of two experiments in a database, each run with its artifact."""
    with in_database(scenario) as database:
        target, store = scenario.target, database.ctx.options.store
        sweeps = [database.sweep(load.size, name=name) for name in ("one", "other")]
        for sweep in sweeps:
            database.run(sweep)
            database.judge(sweep)
        for sweep in sweeps:
            own = target.dialect.reader(target.module, store, f"{sweep.name}:{sweep.version}")
            if (listed := len(own.store.list_run_records())) != load.size:
                scenario.breaks(
                    APART,
                    f"The store that is scoped to {sweep.name!r}, one of two experiments of {load.size} runs, lists "
                    f"{listed} records.",
                )
            own.close()
            results = list(target.load_results(store, sweep.experiment(target)))
            without = sum(not _has_artifact(run) for run in results)
            if len(results) != load.size or without:
                scenario.breaks(
                    APART,
                    f"load_results of {sweep.name!r}, one of two experiments of {load.size} runs, gives {len(results)} "
                    f"runs, {without} of them without their artifact.",
                )


def _has_artifact(run: object) -> bool:
    try:
        return bool(run.artifact("value"))  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - whatever a target raises for an artifact that it does not find
        return False


def _release(client: subprocess.Popen[str]) -> None:
    assert client.stdin is not None
    time.sleep(LOCKED)
    client.stdin.write("COMMIT;\n")


def _kill(client: subprocess.Popen[str]) -> None:
    client.kill()


WAYS: Mapping[str, Callable[[subprocess.Popen[str]], None]] = {"released": _release, "killed": _kill}


def _judge(database: Database, sweep: PlannedSweep, ended: Ended, trouble: str) -> None:
    """Break where runs that the sweep counts as completed are not read, or the sweep raised an error."""
    stored = database.judge(sweep)
    if ended.error or stored < ended.completed:
        raised = f"; it ended so: {ended.error}" if ended.error else ""
        database.scenario.breaks(
            LOST,
            f"While a sweep of {sweep.runs} runs wrote, {trouble}: {ended.completed} count as completed, "
            f"{stored} are read{raised}.",
        )


@contextmanager
def _small_disk(scenario: Scenario) -> Iterator[tuple[str, Path]]:
    """Provide a database on a file system of its own, with its name and its folder."""
    require_database(scenario)
    server = scenario.session.servers.postgres
    disk = server.folder / "disk"
    disk.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        scenario.inconclusive("this process may mount no file system of a fixed size: run it as root")
    try:
        data = disk / "data"
        data.mkdir()
        server.tablespace(data, "small")
        server.sql("CREATE DATABASE small TABLESPACE small")
        yield "small", disk
    finally:
        server.sql("DROP DATABASE IF EXISTS small WITH (FORCE)")
        server.sql("DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", "--lazy", disk], check=True)


def _fill(database: Database, folder: Path) -> None:
    """Use up the disk, with what the files of the database have in reserve."""
    try:
        with (folder / "filler").open("wb", buffering=0) as file:
            while file.write(b"\0" * 65536):
                pass
    except OSError:
        pass
    try:
        database.server.sql("CREATE TABLE filler AS SELECT repeat('x', 1999) FROM generate_series(1, 999)", "small")
    except ServerError:
        return
    database.scenario.inconclusive("the disk of the database could not be filled up")
