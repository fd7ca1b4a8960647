"""Sweeps of many runs that do nothing, on one store: rate, growth, memory, resuming, tables, and kills on the way.

`python tests/benchmarks/million_runs.py sqlite:////tmp/million.db [--runs 1000000] [--kills 10] [--parts 4]`

The store is a folder or the locator of a database, which must be new. Each part of the sweep runs in a process of its
own and adds as many runs as the others; the growth exponent is that of the whole time over the number of runs. Then the
sweep is resumed with everything finished, ten runs are added, and the table is read into pandas. With `--kills`, a
sweep of so many runs in another experiment is killed so often at a random time instead, and resumed. With
`--fill`, the runs after those of the sweep are put into the store (of a database) without being executed, in large
transactions: what reading and resuming cost with so many runs is seen sooner then.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest_optbench.engine as metalab
from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.execution.runtime import CancelToken
from pytest_optbench.engine.execution.sweep_spec import SweepSpec
from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.planning.plan import validate
from pytest_optbench.engine.store import open_store
from pytest_optbench.engine.store.sql.rows import encode, origin_of

WITNESS = "MILLION_WITNESS"  # the variable with a file to which an execution appends a byte
TIMEOUT = 7200.0  # seconds, against a hang


@metalab.operation
def nothing() -> None:
    """Do nothing: whatever time passes is the engine's."""


@metalab.operation
def witnessed(params: Any) -> None:
    """Append one byte to the witness."""
    descriptor = os.open(os.environ[WITNESS], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.write(descriptor, b".")
    os.close(descriptor)


def sweep(runs: int, name: str = "million", operation: Any = nothing) -> metalab.Experiment:
    """An experiment of so many different runs."""
    return metalab.Experiment(name, "1", {}, operation, metalab.grid(n=range(runs)), metalab.seeds())


def run_part(store: str, runs: int) -> dict[str, float]:
    """Run the sweep up to so many runs; returns seconds, executed and skipped runs, and the peak of memory."""
    began = time.perf_counter()
    handle = metalab.run(sweep(runs), store=store, executor=metalab.InlineExecutor())
    handle.result()
    status = handle.status
    return {
        "seconds": time.perf_counter() - began,
        "executed": status.completed,
        "skipped": status.skipped,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def look_up_finished(store: str, runs: int) -> dict[str, float]:
    """Ask the store for all finished runs."""
    part = open_store(store, "million:1", create=False)
    began = time.perf_counter()
    found = len(part.finished())
    seconds = time.perf_counter() - began
    part.close()
    return {"seconds": seconds, "found": found, "us_a_run": seconds / max(1, runs) * 1e6}


def read_table(store: str, runs: int) -> dict[str, float]:
    """Read all runs into pandas."""
    del runs
    began = time.perf_counter()
    table = metalab.load_results(store, "million:1").to_dataframe()
    return {"seconds": time.perf_counter() - began, "rows": len(table)}


def run_witnessed(store: str, runs: int) -> dict[str, float]:
    """Run the sweep that is killed."""
    handle = metalab.run(sweep(runs, "killed", witnessed), store=store, executor=metalab.InlineExecutor())
    handle.result()
    return {"executed": handle.status.completed, "skipped": handle.status.skipped}


def fill(store: str, runs: int) -> dict[str, float]:
    """Put the records of a sweep into a database as if its runs had been executed."""
    from sqlalchemy import Connection

    plan = validate(sweep(runs))
    part: Any = open_store(store, "million:1")
    origin = ""
    present, now = part.finished(), datetime.now(UTC)
    spec = SweepSpec("million:1", nothing, plan.code_hash, {}, plan.context_fp, part.spec())
    runner = Runner(spec, part, CancelToken())
    missing = (task for task in plan.tasks() if task.run_id not in present)
    began, filled = time.perf_counter(), 0
    while tasks := list(islice(missing, 10_000)):
        records = [runner.record(task, status=Status.SUCCESS, started_at=now, duration_ms=0.01) for task in tasks]
        origin = origin_of(records[0])
        shared = {"experiment": part.number(), "origin": part._origin_number(origin), "content": None}
        rows = [{**encode(record, origin), **shared} for record in records]

        def insert(connection: Connection, rows: Any = rows) -> None:
            part.database.kind.upsert.run_many(connection, rows)

        part.database.write("fill", insert)
        filled += len(rows)
    part.close()
    return {"filled": filled, "seconds": time.perf_counter() - began}


STEPS: dict[str, Callable[[str, int], dict[str, float]]] = {
    "part": run_part,
    "finished": look_up_finished,
    "table": read_table,
    "killed": run_witnessed,
    "fill": fill,
}


def in_process(step: str, store: str, runs: int) -> dict[str, float]:
    """The figures of one step, taken in a fresh process."""
    command = [sys.executable, __file__, store, "--runs", str(runs), "--step", step]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def grown(store: str, runs: int, parts: int, filled: int) -> Iterator[str]:
    """Lines about a sweep that grows in parts, and about what can be done with it then."""
    points, seconds = [], 0.0
    for number in range(1, parts + 1):
        figures = in_process("part", store, runs * number // parts)
        seconds += figures["seconds"]
        points.append((math.log(runs * number / parts), math.log(seconds)))
        rate = figures["executed"] / figures["seconds"]
        yield f"{runs * number // parts:>9,} runs: {rate:,.0f} a second, {figures['peak_mb']:.0f} MB at most"
    if parts > 1:
        slope = statistics.linear_regression(*zip(*points, strict=True)).slope
        yield f"growth exponent of the whole: {slope:.3f}"
    if filled > runs:
        figures = in_process("fill", store, filled)
        runs = filled
        yield f"{runs:,} runs: {figures['filled']:,.0f} of them filled in, in {figures['seconds']:.0f} s"
    again = in_process("part", store, runs)
    yield f"resumed, all finished: {again['seconds'] / runs * 1e6:.2f} us a run, {again['executed']:.0f} executed"
    found = in_process("finished", store, runs)
    yield f"asked for the finished runs: {found['us_a_run']:.2f} us a run, {found['found']:,.0f} found"
    more = in_process("part", store, runs + 10)
    yield f"ten more runs: {more['executed']:.0f} executed in {more['seconds']:.2f} s, planning of all included"
    table = in_process("table", store, runs)
    yield f"into pandas: {table['seconds']:.1f} s for {table['rows']:,.0f} rows"


def killed(store: str, runs: int, kills: int, witness: Path) -> Iterator[str]:
    """Lines about a sweep that is killed so often, at random, and resumed."""
    os.environ[WITNESS] = str(witness)
    command = [sys.executable, __file__, store, "--runs", str(runs), "--step", "killed"]
    draw = random.Random(2)
    for number in range(kills):
        goal = runs * (number + draw.random()) / (kills + 1)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while process.poll() is None and (not witness.exists() or witness.stat().st_size < goal):
            time.sleep(0.01)
        time.sleep(draw.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = in_process("killed", store, runs)
    stored = len(metalab.load_results(store, "killed:1"))
    executed = witness.stat().st_size
    yield (
        f"killed {kills} times: {stored:,} of {runs:,} runs are stored once each; {executed - runs} executions more "
        f"than runs, at most one a kill; the last sweep skipped {last['skipped']:,.0f}"
    )
    if stored != runs or not 0 <= executed - runs <= kills:
        raise RuntimeError("runs were lost or doubled")


def main() -> None:
    """Print the figures as they come."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--fill", type=int, default=0, help="runs in all, those included that are not executed")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--witness", type=Path, default=Path("million.witness"))
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        print(json.dumps(STEPS[asked.step](asked.store, asked.runs)))
        return
    lines = (
        killed(asked.store, asked.runs, asked.kills, asked.witness)
        if asked.kills
        else grown(asked.store, asked.runs, asked.parts, asked.fill)
    )
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
