"""What a child or a worker process imports before it begins: a session starts dozens of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

WORKER = "pytest_optbench.engine.executors.worker_main"
CHILD = "pytest_optbench.stress.process.child_entry"
COSTLY = {"numpy", "importlib.metadata", "email", "pytest_optbench.stress.audit.audit"}


@pytest.mark.parametrize("entry", [WORKER, CHILD])
@pytest.mark.parametrize(
    "module",
    [
        "pytest_optbench.drive.child_sweep",
        "pytest_optbench.drive.faults",
        "pytest_optbench.workloads.basic",
        "pytest_optbench.workloads.block_while",
        "scenarios.resume.workload",
    ],
)
def test_a_process_without_arrays_imports_nothing_costly(entry: str, module: str) -> None:
    code = f"import sys, {entry}, {module}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(told.stdout.split())
    assert entry in loaded
    assert not loaded & COSTLY
