"""A barrier over processes, which finds the last of several shards."""

from __future__ import annotations

import fcntl
from pathlib import Path


def arrive(folder: Path, name: str, index: int, count: int) -> bool:
    """Record that shard `index` of `count` is done; return True for exactly one: the last to arrive.

    Shards may be in any process that shares `folder`; one that arrives twice counts once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.arrived").open("a+", encoding="utf-8") as arrivals:
        fcntl.flock(arrivals, fcntl.LOCK_EX)  # released with the file, also when the process dies
        arrivals.seek(0)
        arrived = set(arrivals.read().split())
        if str(index) in arrived:
            return False
        arrivals.write(f"{index}\n")
        return len(arrived) + 1 == count
