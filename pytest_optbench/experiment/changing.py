"""An operation whose code changes between two sweeps, written as files and imported one after the other."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path

from pytest_optbench.stress.history import read
from pytest_optbench.stress.witness import witnessing
from pytest_optbench.target import Drive, load_target

MODULE = "optbench_changing"
SOURCE = """
from pytest_optbench.stress.witness import executing
from pytest_optbench.target import load_target

SCALE = {constant}

def helper(value):
    return value + {helper}

def made(offset):
    def inner(params, capture, default={default}):
        with executing("changing"):
            capture.metric("value", (helper(params["n"]) + offset + default) * SCALE + {body})
    return inner
"""
OPERATION = """
TARGET = load_target()
inner = made({closure})

@TARGET.operation(name="changing")
def changing(params, capture):
    inner(params, capture)
    with executing("changing"):
        capture.metric("own", helper({body}) * SCALE)
"""
CHANGES: Mapping[str, str] = {
    "the operation's body": "body",
    "a function that it calls": "helper",
    "a value that it closes over": "closure",
    "a default of a function that it calls": "default",
    "a constant of its module": "constant",
}
FIRST = {"body": 1, "helper": 1, "closure": 1, "default": 1, "constant": 1}


def executed_by_version(folder: str) -> dict[str, int]:
    """Run the first version, then it again ("nothing" changed), then each change on its own: executions of each.

    For a child process: it changes the search path and imports modules of one name.
    """
    store = str(Path(folder) / "changing")
    counts = {"first": _executed(folder, store, FIRST), "nothing": _executed(folder, store, FIRST)}
    for name, part in CHANGES.items():
        counts[name] = _executed(folder, store, {**FIRST, part: 2})
    return counts


def _executed(folder: str, store: str, constants: Mapping[str, int]) -> int:
    version = "-".join(map(str, constants.values()))
    place = Path(folder) / f"version-{version}"
    place.mkdir(exist_ok=True)
    (place / f"{MODULE}.py").write_text((SOURCE + OPERATION).format(**constants), encoding="utf-8")
    sys.path.insert(0, str(place))
    sys.modules.pop(MODULE, None)
    importlib.invalidate_caches()
    try:
        operation = importlib.import_module(MODULE).changing
        return _run(operation, store, place / "witness.jsonl")
    finally:
        sys.path.remove(str(place))


def _run(operation: object, store: str, witness: Path) -> int:
    target = load_target()
    experiment = target.experiment(name="changing", version="1", operation=operation, params=[{"n": 1}])
    before = len(read(witness))
    with witnessing(witness):
        target.run(experiment, Drive(store))
    return len(read(witness)) - before
