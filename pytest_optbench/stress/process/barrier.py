"""A barrier over processes: who of several shards is the last to arrive."""

from __future__ import annotations

import fcntl
from pathlib import Path


def arrive(folder: Path, name: str, index: int, count: int) -> bool:
    """Say that shard `index` of `count` is done; True for the one that completes the number, exactly once.

    Shards may be in any process that shares `folder`; one that arrives twice counts once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.arrived").open("a+", encoding="utf-8") as reconcile:
        fcntl.flock(reconcile, fcntl.LOCK_EX)  # freed with the file, also when the process dies
        reconcile.seek(0)
        arrived = set(reconcile.read().split())
        if str(index) in arrived:
            return False
        reconcile.write(f"{index}\n")
        return len(arrived) + 1 == count
