"""SLURM executors of a target, whose jobs find the interpreter of this process."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

CHUNK = 4  # runs that one task of an array does: each task starts an interpreter
REQUESTS: Mapping[str, Any] = {"partition": "short", "time": "0:10:00", "cpus": 1, "memory": "100M"}


def slurm_executor(module: ModuleType, workers: int, **changed: Any) -> Any:
    """Return an executor whose arrays run at most so many tasks at once; `changed` are other fields of its config."""
    path = shlex.quote(str(Path(sys.executable).parent))
    fields = {**REQUESTS, "max_concurrent": workers, "chunk_size": CHUNK, "setup": [f"export PATH={path}:$PATH"]}
    return module.SlurmExecutor(module.SlurmConfig(**{**fields, **changed}))


def listed(module: ModuleType, experiment: Any) -> Any:
    """Return an experiment whose cases are in a source of the module: tasks of an array make no other one anew."""
    if type(experiment.params).__module__.split(".")[0] == module.__name__.split(".")[0]:
        return experiment
    return replace(experiment, params=module.manual([dict(case.params) for case in experiment.params]))
