"""A process that runs an experiment into a store that others use too; run as a script.

    python sharing.py ROOT WITNESS WORKERS [STUCK]    STUCK is the run that the process never comes back from

It says `ready`, waits for a line, runs, and prints its counts as JSON. Every execution appends one line to WITNESS.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest_optbench.engine as metalab

RUNS = 60


@metalab.operation
def witnessed(context, params, capture):
    with Path(context["witness"]).open("ab", buffering=0) as witness:
        witness.write(f"{params['x']}\n".encode())
    if os.environ.get("STUCK") == str(params["x"]):
        print("stuck", flush=True)
        time.sleep(600)
    time.sleep(0.002)
    capture.metric("process", os.getpid())
    capture.artifact("x", params["x"])


def experiment(witness: str) -> metalab.Experiment:
    return metalab.Experiment(
        "shared", "1", {"witness": witness}, witnessed, metalab.grid(x=range(RUNS)), metalab.seeds()
    )


def main(root: str, witness: str, workers: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    handle = metalab.run(experiment(witness), store=root, executor=metalab.ThreadExecutor(int(workers)))
    results = handle.result()
    status = handle.status
    print(json.dumps({"completed": status.completed, "skipped": status.skipped, "seen": len(results)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
