"""Milliseconds a run on two workloads, beside what the same files cost when they are written by hand.

`python tests/benchmarks/payload.py [--runs 2000] [--rounds 5] [--metalab metalab] [--workers | --postgresql]`

full   100 stepped points, 5 metrics, three npz (500, 11 and 500 doubles), one JSON, one text
no-op  nothing but the record

The contenders take turns in one process: `files` serializes the same values and writes them into one folder a run that
one rename publishes; `bytes` does so with bytes that were serialized before (no runner can be as fast); `sqlite`
commits the same bytes run by run, and is the floor of `engine-in-sqlite`. The figures to look at are the ratios to the
floor, taken round by round: the machine may be busy. Processor time is of all processes; a disk that is waited for is
in the wall time only.

With `--workers`, the engine runs with one and two threads and processes instead; with `--postgresql`, on a private
server beside the same bytes committed there by hand, with one and two processes.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import resource
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pytest_optbench.stress.servers.postgres import private_postgres
from pytest_optbench.target import RunOptions, load_target

ENGINE = "pytest_optbench.engine"
IN_SQLITE = "engine-in-sqlite"
STEPS = range(100)
ARRAYS: Mapping[str, Mapping[str, Any]] = {
    "curve": {"best_f": np.linspace(1.0, 0.0, 500)},
    "best": {"x": np.arange(10.0), "f": np.array(0.5)},
    "trajectory": {"x": np.linspace(0.0, 1.0, 500)},
}
SUMMARY = {"algorithm": "adam", "stopped": "budget", "evaluations": 500, "best_f": 0.5}
REPORT = "a line of the report\n" * 10
METRICS = {f"metric{number}": number / 3 for number in range(5)}
TARGET = load_target(ENGINE)
Contender = Callable[[Path, int], object]
Taken = dict[str, list[tuple[float, float]]]  # milliseconds a run by contender, round by round: wall, processor


def capture_all(capture: Any) -> None:
    """Capture the full payload."""
    for step in STEPS:
        capture.metric("objective", 1.0 / (step + 1), step=step)
    capture.log_metrics(METRICS)
    for name, arrays in ARRAYS.items():
        capture.artifact(name, arrays, kind="numpy")
    capture.artifact("summary", SUMMARY, kind="json")
    capture.artifact("report", REPORT)


def capture_nothing() -> None:
    """Capture nothing."""


@TARGET.operation(name="full")  # at module level, where a worker process finds it
def full(capture: Any) -> None:
    """Capture the full payload."""
    capture_all(capture)


@TARGET.operation(name="no-op")
def noop() -> None:
    """Capture nothing."""


BODIES = {"full": capture_all, "no-op": capture_nothing}
OPERATIONS = {"full": full, "no-op": noop}


def in_sqlite(place: Path) -> str:
    """The locator of an SQLite file in a folder."""
    return f"sqlite:///{place.absolute()}/runs.db"


def through(target: Any, workload: str, locate: Callable[[Path], str] = str, **how: Any) -> Contender:
    """A contender that runs the workload through a metalab; `locate` makes a locator of a place."""
    own = target.name == TARGET.name
    operation = OPERATIONS[workload] if own else target.operation(name=workload)(BODIES[workload])

    def contend(place: Path, runs: int) -> None:
        cases = target.module.grid(n=list(range(runs)))
        sweep = target.experiment(name="payload", version="1", operation=operation, params=cases)
        place.mkdir()
        summary = target.run(sweep, RunOptions(locate(place), **how))
        if summary.error or summary.failed or summary.completed != runs:
            raise RuntimeError(f"{target.name}: {summary}")

    return contend


def serialized(workload: str, n: int) -> dict[str, bytes]:
    """The files of one run by name, as a script would make them."""
    files: dict[str, bytes] = {}
    if workload == "full":
        files = {f"{name}.npz": _npz(arrays) for name, arrays in ARRAYS.items()}
        files["summary.json"] = json.dumps(SUMMARY).encode()
        files["report.txt"] = REPORT.encode()
        steps = np.array(STEPS)
        files["series.npz"] = _npz({"steps": steps, "objective": 1.0 / (steps + 1)})
    record = {
        "run_id": f"{n:032x}",
        "status": "success",
        "started_at": time.time(),
        "params": {"n": n},
        "metrics": METRICS if workload == "full" else {},
        "provenance": {"python": sys.version, "platform": sys.platform, "operation": workload},
        "files": {name: {"size": len(data), "sha256": "0" * 64} for name, data in files.items()},
    }
    return {**files, "record.json": json.dumps(record).encode()}


def files_by_hand(workload: str) -> Contender:
    """Serialize, write one folder a run, publish it by one rename."""

    def contend(place: Path, runs: int) -> None:
        for n in range(runs):
            _write_folder(place, n, serialized(workload, n))

    return contend


def bytes_by_hand(workload: str) -> Contender:
    """Write one folder a run of bytes that were there before."""
    files = serialized(workload, 0)

    def contend(place: Path, runs: int) -> None:
        for n in range(runs):
            _write_folder(place, n, files)

    return contend


def sqlite_by_hand(workload: str) -> Contender:
    """Serialize, and commit to SQLite run by run (write-ahead log, which survives a killed process)."""

    def contend(place: Path, runs: int) -> None:
        place.mkdir()
        connection = sqlite3.connect(place / "runs.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE files (run INTEGER, name TEXT, data BLOB)")
        for n in range(runs):
            rows = [(n, name, data) for name, data in serialized(workload, n).items()]
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO files VALUES (?, ?, ?)", rows)
            connection.execute("COMMIT")
        connection.close()

    return contend


def postgresql_by_hand(workload: str, server: str) -> Contender:
    """Serialize, and commit to PostgreSQL run by run."""
    import psycopg

    def contend(place: Path, runs: int) -> None:
        place.mkdir()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS by_hand")
            connection.execute("CREATE TABLE by_hand (run INTEGER, name TEXT, data BYTEA)")
            for n in range(runs):
                rows = [(n, name, data) for name, data in serialized(workload, n).items()]
                with connection.transaction(), connection.cursor() as cursor:
                    cursor.executemany("INSERT INTO by_hand VALUES (%s, %s, %s)", rows)

    return contend


def on_a_server(workload: str, server: str) -> dict[str, Contender]:
    """PostgreSQL by hand, and the engine in it with one and two worker processes."""
    contenders = {"postgresql": postgresql_by_hand(workload, server)}
    for workers in (1, 2):
        how = {"executor": "process", "workers": workers}
        located = partial(_schema, server)
        contenders[f"{workers} process"] = through(TARGET, workload, located, **how)
    return contenders


def _schema(server: str, place: Path) -> str:
    return f"{server}?schema={place.name}"


def beside_the_floor(workload: str, metalabs: Sequence[str]) -> dict[str, Contender]:
    """The floors first, then every metalab."""
    return {
        "files": files_by_hand(workload),
        "bytes": bytes_by_hand(workload),
        "sqlite": sqlite_by_hand(workload),
        **{name: through(TARGET if name == TARGET.name else load_target(name), workload) for name in metalabs},
        IN_SQLITE: through(TARGET, workload, in_sqlite),
    }


def with_workers(workload: str) -> dict[str, Contender]:
    """One and two workers of both kinds."""
    kinds = itertools.product(("thread", "process"), (1, 2))
    return {f"{workers} {kind}": through(TARGET, workload, executor=kind, workers=workers) for kind, workers in kinds}


def race(contenders: Mapping[str, Contender], runs: int, rounds: int, folder: Path) -> Taken:
    """Milliseconds a run of every contender, round by round; the order turns, so that none is always first."""
    taken: Taken = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            place = folder / f"{name}{turn}".replace(" ", "-")
            wall, processor = time.perf_counter(), processor_time()
            contenders[name](place, runs)
            seconds = time.perf_counter() - wall, processor_time() - processor
            taken[name].append((seconds[0] / runs * 1e3, seconds[1] / runs * 1e3))
            shutil.rmtree(place)
    return taken


def processor_time() -> float:
    """Seconds that this process and its ended children have computed."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def table(taken: Taken) -> Iterator[str]:
    """A line a contender: median and range, and the median ratio to its floor, of wall and processor time.

    The floor is the first one; for the engine in SQLite it is SQLite by hand.
    """
    first = next(iter(taken))
    for name, figures in taken.items():
        floor = "sqlite" if name == IN_SQLITE else first
        line = f"  {name:<24}"
        for clock, what in enumerate(("wall", "processor")):
            mine, its = ([round_[clock] for round_ in one] for one in (figures, taken[floor]))
            ratio = statistics.median(a / b for a, b in zip(mine, its, strict=True))
            line += f"{what} {statistics.median(mine):7.3f} ms ({min(mine):.3f}..{max(mine):.3f}){ratio:6.2f} x   "
        yield line.rstrip()


def _write_folder(place: Path, n: int, files: Mapping[str, bytes]) -> None:
    draft = place / "draft"
    draft.mkdir(parents=True)
    for name, data in files.items():
        descriptor = os.open(f"{draft}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        os.write(descriptor, data)
        os.close(descriptor)
    draft.rename(place / str(n))


def _npz(arrays: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def main() -> None:
    """Print a table for each workload."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000, help="of every contender, over all rounds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--metalab", action="append", default=[], help="a metalab beside the engine, by module")
    parser.add_argument("--postgresql", action="store_true", help="on a private server instead, with two processes too")
    parser.add_argument("--workers", action="store_true", help="one and two threads and processes of the engine")
    asked = parser.parse_args()
    for workload in OPERATIONS:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            if asked.postgresql:
                contenders = on_a_server(workload, stack.enter_context(private_postgres()).locator())
            elif asked.workers:
                contenders = with_workers(workload)
            else:
                contenders = beside_the_floor(workload, [ENGINE, *asked.metalab])
            taken = race(contenders, asked.runs // asked.rounds, asked.rounds, Path(folder))
        print(f"{workload}, {asked.runs} runs of each in {asked.rounds} rounds")
        print("\n".join(table(taken)), flush=True)


if __name__ == "__main__":
    main()
