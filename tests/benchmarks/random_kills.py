"""Kill sweeps in processes at random moments, and say what is left of them; prints a line for each sweep.

    python tests/benchmarks/random_kills.py [--kills 200] [--runs 200] [--seed 1] [--folder FOLDER]

Of each kill, at one time in two the process of the sweep is its victim, else one of its workers, or all of them. After
the kills a sweep is completed: each run must be stored once, and no process may be left ten seconds after a kill.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest_optbench.engine as metalab

GONE_WITHIN = 10.0  # seconds
KILLS_OF_A_SWEEP = 5


@metalab.operation
def work(params, capture):  # type: ignore[no-untyped-def]
    """Capture something, and note the execution in a file of its own."""
    descriptor = os.open(os.environ["RANDOM_KILLS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(descriptor, f"{params['n']}\n".encode())
    os.close(descriptor)
    capture.metric("n", params["n"])
    capture.artifact("value", list(range(params["n"])))
    time.sleep(0.002)


def sweep(root: str, runs: int) -> None:
    """Run, or go on with, the sweep."""
    cases = metalab.manual([{"n": n} for n in range(runs)])
    experiment = metalab.Experiment("kills", "1", None, work, cases, metalab.seeds())
    metalab.run(experiment, store=root, executor=metalab.ProcessExecutor(2)).result()


def processes_of(session: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(int(entry.name))
    return found


def executions() -> int:
    """How many executions began so far."""
    witness = Path(os.environ["RANDOM_KILLS"])
    return len(witness.read_text().split()) if witness.exists() else 0


def wait_for(number: int, process: subprocess.Popen[bytes]) -> None:
    """Wait for so many executions, or the end of the sweep."""
    while executions() < number and process.poll() is None:
        time.sleep(0.002)


def kill_one(root: str, runs: int, draw: random.Random) -> str:
    """Start the sweep, kill some of it, and wait for its end; returns whom, and whom ten seconds later are left."""
    command = [sys.executable, __file__, "--sweep", root, "--runs", str(runs)]
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL) as process:
        wait_for(executions() + draw.randrange(runs // KILLS_OF_A_SWEEP), process)
        time.sleep(draw.uniform(0.0, 0.01))
        workers = [pid for pid in processes_of(process.pid) if pid != process.pid]
        spared = draw.random() < 0.5 and bool(workers)
        victims = draw.sample(workers, draw.randint(1, len(workers))) if spared else [process.pid]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if victims == [process.pid]:
            process.wait()
            deadline = time.monotonic() + GONE_WITHIN
            while (left := processes_of(process.pid)) and time.monotonic() < deadline:
                time.sleep(0.02)
            return f"sweep{'' if not left else f' ORPHANS {left}'}"
        process.wait()
    return "worker"


def check(root: str, runs: int) -> str:
    """Complete the sweep; what is wrong with its store, "" if nothing is."""
    subprocess.run(
        [sys.executable, __file__, "--sweep", root, "--runs", str(runs)], check=True, stderr=subprocess.DEVNULL
    )
    records = metalab.load_results(root)
    stored = Counter(run.params["n"] for run in records if run.status == "success")
    problems = metalab.FileStore(root).experiment("kills:1").check()
    left = list(Path(root).glob("*/drafts/*"))
    wrong = (
        []
        if stored == Counter(range(runs)) and len(records) == runs
        else [f"{len(records)} runs, {len(stored)} stored"]
    )
    return "; ".join(wrong + [str(one) for one in (*problems, *left)])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sweep")
    options = parser.parse_args()
    if options.sweep:
        sweep(options.sweep, options.runs)
        return 0
    draw, kills, bad = random.Random(options.seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while kills < options.kills:
            root = f"{folder}/{kills}"
            os.environ["RANDOM_KILLS"] = f"{folder}/witness-{kills}"
            victims = [kill_one(root, options.runs, draw) for _ in range(KILLS_OF_A_SWEEP)]
            kills += len(victims)
            wrong = check(root, options.runs)
            executed = executions()
            bad += bool(wrong) or any("ORPHANS" in one for one in victims)
            print(f"{kills} kills: {', '.join(victims)}; {executed} executions; {wrong or 'sound'}", flush=True)
            shutil.rmtree(root)
    print(f"{kills} kills, {bad} sweeps with something wrong")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
