"""Capture or load one large array; run as a script, it prints by how many bytes the memory of the process rises.

python streaming.py ROOT KIND MEGABYTES
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from stored_runs import RUN, record

from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.store import ExperimentStore, FileStore


def memory(field: str) -> int:
    """Resident memory of this process in bytes: VmRSS now, VmHWM the most since its start."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(field)).split()[1])


def capture_into(store: ExperimentStore, kind: str, array: np.ndarray, source: Path) -> None:
    assert store.claim(RUN)
    draft = store.draft(RUN)
    capture = Capture(draft)
    if kind == "npz":
        capture.artifact("big", {"x": array})
    elif kind == "strided":
        capture.artifact("big", array[::2])
    elif kind == "bytes":
        capture.artifact("big", memoryview(array).cast("B"))
    elif kind == "file":
        capture.file("big", source)
    else:
        capture.artifact("big", array)
    store.publish(draft, record(store, RUN, **capture.close()))


def main(root: str, kind: str, megabytes: int) -> None:
    store = FileStore(root).experiment("e:1")
    np.save(Path(root) / "warm.npy", np.ones(1000))  # what numpy loads the first time is not the store's
    source = Path(root) / "source"
    before = memory("VmRSS")
    if kind == "file":
        with source.open("wb") as file:
            for _ in range(megabytes):
                file.write(bytes(1 << 20))
    array = np.ones(1 if kind == "file" else megabytes << 17)
    capture_into(store, "npy" if kind == "load" else kind, array, source)
    if kind == "load":
        del array
        assert store.load_artifact(RUN, "big").nbytes == megabytes << 20
    print(memory("VmHWM") - before)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
