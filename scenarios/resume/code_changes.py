"""An operation whose code changes between two sweeps, written as files and imported one after the other."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Mapping
from pathlib import Path

from pytest_optbench.errors import ChildError
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target import RunOptions, load_target

MODULE = "optbench_changing"
FIRST, UNCHANGED = "the first version", "nothing"
REFERENCES = {FIRST: "first", UNCHANGED: "again"}  # both run the first version; values are names of folders
HEAD = """
from pytest_optbench.stress.witness.witness import executing
from pytest_optbench.target import load_target

TARGET = load_target()
"""
LEVEL = """
SCALE_{level} = {constant}

def helper_{level}(value):
    return value + {helper}

def made_{level}(offset):
    def inner_{level}(params, capture, default={default}):
        capture.metric("value {level}", (helper_{level}(params["n"]) + offset + default) * SCALE_{level})
    return inner_{level}

inner_{level} = made_{level}({closure})
"""
OPERATION = """
@TARGET.operation(name="changing")
def changing(params, capture):
    with executing("changing"):
        capture.metric("own", {body})
"""
CALL = "        inner_{level}(params, capture)"
CHANGES: Mapping[str, str] = {
    "the operation's body": "body",
    "a function that it calls": "helper",
    "a value that it closes over": "closure",
    "a default of a function that it calls": "default",
    "a constant of its module": "constant",
}
ORIGINAL, CHANGED = 1, 2


def executed_by_version(folder: str, changes: int) -> dict[str, int]:
    """Run the first version twice, then one version for each of `changes` changes; returns the executions of each.

    Only for a child process: it changes the search path and imports modules of the same name. Every five changes
    concern another level of the module, which has functions, constants and values of its own.
    """
    store = str(Path(folder) / "changing")
    levels = math.ceil(changes / len(CHANGES))
    first = _source({}, levels)
    counts = {version: _count_executions(folder, store, name, first) for version, name in REFERENCES.items()}
    for number in range(changes):
        level, kind = divmod(number, len(CHANGES))
        name, part = list(CHANGES.items())[kind]
        source = _source({(level, part): CHANGED}, levels)
        counts[f"{name} ({level + 1} of {levels})"] = _count_executions(folder, store, f"change-{number}", source)
    return counts


def _source(changed: Mapping[tuple[int, str], int], levels: int) -> str:
    """Compose the text of the module; `changed` gives the changed parts by level."""
    parts = [
        {"level": level, **{part: changed.get((level, part), ORIGINAL) for part in CHANGES.values()}}
        for level in range(levels)
    ]
    body = " + ".join(str(part["body"]) for part in parts)
    calls = "\n".join(CALL.format(**part) for part in parts)
    return "".join([HEAD, *(LEVEL.format(**part) for part in parts), OPERATION.format(body=body), calls, "\n"])


def _count_executions(folder: str, store: str, version: str, source: str) -> int:
    version_folder = Path(folder) / version
    version_folder.mkdir(parents=True)
    (version_folder / f"{MODULE}.py").write_text(source, encoding="utf-8")
    sys.path.insert(0, str(version_folder))
    sys.modules.pop(MODULE, None)
    importlib.invalidate_caches()
    try:
        operation = importlib.import_module(MODULE).changing
        return _run(operation, store, version_folder / "witness.jsonl")
    finally:
        sys.path.remove(str(version_folder))


def _run(operation: object, store: str, witness: Path) -> int:
    target = load_target()
    experiment = target.experiment(name="changing", version="1", operation=operation, params=[{"n": 1}])
    with witnessing(witness):
        summary = target.run(experiment, RunOptions(store))
    if summary.error is not None or summary.failed:
        raise ChildError(
            f"a run of changed code failed: {summary.error or 'see its record'}\n{summary.traceback or ''}"
        )
    return len(read(witness))
