"""One figure of one metalab, taken in a process of its own: `python figures.py FIGURE LOAD`, JSON on the last line.

`$OPTBENCH_METALAB` names the metalab.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytest_optbench.target import RunOptions, load_target
from pytest_optbench.workloads.basic import noop
from pytest_optbench.workloads.payload import payload

TARGET = load_target()
LOOK = 0.02  # seconds between two looks at how far a sweep is


@TARGET.operation(name="leave")  # type: ignore[untyped-decorator]  # whatever the target gives
def leave(context: Any) -> None:
    """End the process at the first run, so that nothing after it is paid for."""
    print(json.dumps(time.time() - context["began"]), flush=True)
    os._exit(0)


def experiment(operation: Any, runs: int, context: Mapping[str, Any] | None = None) -> Any:
    """An experiment of `runs` different cases, planned by the target's own grid."""
    params = TARGET.module.grid(n=list(range(runs)))
    return TARGET.experiment(name="figure", version="1", operation=operation, params=params, context=context)


def seconds(operation: Any, runs: int, store: str) -> float:
    """Seconds that a sweep takes, from the call to its end, read from the outside."""
    whole = experiment(operation, runs)
    began = time.perf_counter()
    summary = TARGET.run(whole, RunOptions(store))
    took = time.perf_counter() - began
    if summary.error or summary.failed:
        raise RuntimeError(f"{TARGET.name}: {summary.failed} failed; {summary.error}")
    return took


def full_payload(runs: int, store: str) -> float:
    """Milliseconds a run with five artifacts and 100 steps."""
    return seconds(payload, runs, store) / runs * 1e3


def no_op(runs: int, store: str) -> float:
    """Milliseconds a run that does nothing."""
    return seconds(noop, runs, store) / runs * 1e3


def resume(runs: int, store: str) -> float:
    """Milliseconds a finished run costs when its sweep is started again, in a store that this process has filled."""
    seconds(noop, runs, store)
    return seconds(noop, runs, store) / runs * 1e3


def gathering(runs: int, store: str) -> float | None:
    """Milliseconds a run to gather the results of a sweep that has ended; None where `run` itself gathers them."""
    if "status" not in TARGET.features:
        return None
    seconds(noop, runs, store)
    started = TARGET.start(experiment(noop, runs), RunOptions(store))
    while started.status.skipped < runs:
        time.sleep(LOOK)
    began = time.perf_counter()
    started.wait()
    return (time.perf_counter() - began) / runs * 1e3


def first_run(runs: int, store: str) -> None:
    """Seconds from asking for a sweep to the beginning of its first run; the operation prints them."""
    TARGET.run(experiment(leave, runs, {"began": time.time()}), RunOptions(store))


FIGURES: Mapping[str, Callable[[int, str], float | None]] = {
    "full-payload": full_payload,
    "no-op": no_op,
    "resume": resume,
    "gathering": gathering,
    "first-run": first_run,
}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=os.environ.get("FIGURES_FOLDER")) as folder:
        print(json.dumps(FIGURES[sys.argv[1]](int(sys.argv[2]), str(Path(folder) / "store"))))
