"""Operations that report their inputs: random streams, the context, the scratch folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from pytest_optbench.stress.witness.canonical import canonical
from pytest_optbench.target import load_target
from pytest_optbench.workloads.workload import WorkloadRun, workload

STREAMS = ("", "a", "A", "b", "ab", "a:1", "init", "sampling", "caf\u00e9")
DRAWS = 3  # of each stream, so that streams that overlap by a few draws are noticed
BITS = 62
REPORT = "report"  # the metric that holds the inputs of an execution as JSON text
CONTEXT, SCRATCH, LEFT_THERE = "context", "scratch", "left there"  # keys of the report of `given`
_TARGET = load_target()


@dataclass(frozen=True)
class Conditions:
    """A typical context: numbers and texts."""

    name: str = "caf\u00e9"
    rate: float = 0.1
    count: int = 2**40
    enabled: bool = True
    missing: None = None


CONTEXTS: Mapping[str, Any] = {
    "empty": {},
    "plain": {"name": "x", "rate": 0.1, "count": 3, "flag": True, "nothing": None},
    "confusable": {"a": 1, "b": 1.0, "c": "1", "d": True, "e": "1.0", "f": -0.0},
    "nested": {"a": {"b": {"c": [1, 2.5, "x", {"d": []}]}}},
    "dataclass": Conditions(),
}


@workload("streams")
def streams(run: WorkloadRun) -> None:
    """Draw from every stream in each of the three ways that seeds offer, and twice, to see whether it repeats."""
    report = [[name, draw_stream(run.seeds, name)] for name in (*STREAMS, *STREAMS)]
    run.capture_metrics(**{REPORT: json.dumps(report)})


def draw_stream(seeds: Any, name: str) -> dict[str, list[int]]:
    """Return the first draws of a stream: its derived seed, the standard library's generator, and numpy's."""
    library, numpy = seeds.rng(name), seeds.numpy(name)
    return {
        "derive": [int(seeds.derive(name))],
        "rng": [library.getrandbits(BITS) for _ in range(DRAWS)],
        "numpy": [int(numpy.integers(2**BITS)) for _ in range(DRAWS)],
    }


@workload("given", "context", "runtime")
def given(run: WorkloadRun) -> None:
    """Report the context and the files in the scratch folder, then create a file there."""
    folder = Path(run.runtime.scratch_dir)
    folder.mkdir(parents=True, exist_ok=True)  # a target need not have made it yet
    report = {
        CONTEXT: context_text(run.context),
        SCRATCH: str(folder),
        LEFT_THERE: sorted(path.name for path in folder.iterdir()),
    }
    (folder / "left").write_text(run.key, encoding="utf-8")
    run.capture_metrics(**{REPORT: json.dumps(report)})


def context_text(context: Any) -> str:
    """Format a context as exact text: its fields or items with their types, for any class of mapping."""
    if is_dataclass(context) and not isinstance(context, type):
        return canonical({field.name: _plain(getattr(context, field.name)) for field in fields(context)})
    return canonical(_plain(context))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
