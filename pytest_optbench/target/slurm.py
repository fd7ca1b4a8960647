"""SLURM executors of a target, whose jobs find the interpreter of this process."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
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
