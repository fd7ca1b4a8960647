"""Stores that another generation of metalab wrote: their content as it must be read, and as it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pytest_optbench.stress.model.observed_text import exact_text
from pytest_optbench.text import one_line

from .written_by_metalab import ARRAYS, RUNS, first, today

Facts = Mapping[tuple[str, str], Any]  # by run id and the name of the fact
DURATION = 1000.0  # ms
METRICS = {"loss": 0.5, "big": 2**53 + 1, "name": "text"}
STATUS = ("success", "failed", "running")
ARTIFACTS = {**ARRAYS, "summary": {"of": "summary"}, "plot": b"the image plot", "sub/part": b"the file sub/part"}
LOG = "2026-01-02 03:04:05 [INFO   ] [metalab.run.01234567] a line\n"
DATA = {"matrix": np.eye(2), "curve": [[0, 1.0], [1, 0.5]], "odd": [[0, "warm"], [1, None]]}


def write_today(root: Path) -> tuple[Path, Facts]:
    """Write a store of today's generation; returns the folder to read, and what is in it."""
    place = today(root, moved=False)
    facts: dict[tuple[str, str], Any] = {}
    for number, (run_id, status) in enumerate(zip(RUNS, STATUS, strict=True)):
        facts |= _of_a_run(run_id, "foreign:1", status, {"n": number})
        facts |= {(run_id, "log"): "" if number else LOG, (run_id, "derived"): {} if number else {"final": 0.25}}
        facts[run_id, "artifacts"] = [] if number else sorted(ARTIFACTS)
    facts |= {(RUNS[0], f"artifact {name}"): value for name, value in ARTIFACTS.items()}
    facts |= {(RUNS[0], f"data {name}"): value for name, value in DATA.items()}
    return place, facts


def write_first(root: Path) -> tuple[Path, Facts]:
    """Write a store of the first release; returns the folder to read, and what is in it."""
    first(root, moved=False)
    facts: dict[tuple[str, str], Any] = {}
    for run_id, experiment_id in zip(RUNS, ("one:1", "one:1", "two:1"), strict=True):
        facts |= _of_a_run(run_id, experiment_id, "success", {})
        facts |= {(run_id, "log"): f"of {run_id}\n", (run_id, "artifacts"): ["summary"]}
        facts[run_id, "artifact summary"] = {"of": "summary"}
    return root, facts


def _of_a_run(run_id: str, experiment_id: str, status: str, params: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    message = "as planned" if status == "failed" else None
    named = {"experiment": experiment_id, "status": status, "params": params, "error": message, "duration": DURATION}
    metrics = {f"metric {name}": value for name, value in METRICS.items()}
    return {(run_id, name): value for name, value in {**named, **metrics}.items()}


def differences(results: Any, facts: Facts) -> Iterator[str]:
    """Yield what is read other than it was written; what this metalab does not offer is left out."""
    runs = {run.run_id: run for run in results}
    if runs.keys() != set(RUNS) or len(results) != len(RUNS):
        yield f"of {len(RUNS)} runs {len(runs)} are read"
        return
    for (run_id, name), expected in facts.items():
        try:
            found = _read(runs[run_id], name)
        except NotImplementedError:
            continue
        except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
            yield f"run {run_id}: reading {name} raised {one_line(error)}"
            continue
        if exact_text(found) != exact_text(expected):
            yield f"run {run_id}: {name} is {found!r} instead of {expected!r}"


def _read(run: Any, name: str) -> Any:
    """Read a fact of a run.

    Raises:
        NotImplementedError: this metalab has no such way of reading.
    """
    kind, _, of = name.partition(" ")
    method, read = WAYS[kind]
    if not hasattr(run, method):
        raise NotImplementedError
    return read(run, of)


def _error(run: Any) -> Any:
    return run.error and run.error["message"]


WAYS: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "experiment": ("experiment_id", lambda run, _: run.experiment_id),
    "status": ("status", lambda run, _: getattr(run.status, "value", run.status)),
    "params": ("params", lambda run, _: dict(run.params)),
    "error": ("error", lambda run, _: _error(run)),
    "duration": ("duration_ms", lambda run, _: float(run.duration_ms)),
    "metric": ("metrics", lambda run, name: run.metrics[name]),
    "log": ("log", lambda run, _: run.log),
    "derived": ("derived", lambda run, _: dict(run.derived)),
    "artifacts": ("artifacts", lambda run, _: sorted(one.name for one in run.artifacts())),
    "artifact": ("artifact", lambda run, name: run.artifact(name)),
    "data": ("data", lambda run, name: run.data(name)),
}
