"""What a forecast rests on, as plain data: measured sweeps of several sizes, and what this machine has left."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_optbench.stress.measure.extrapolation import Point
from pytest_optbench.stress.measure.measure import available_bytes

BLOCK = 512  # bytes in which `st_blocks` counts, on any file system


@dataclass(frozen=True)
class WorkerCosts:
    """The seconds to start that many workers, and those of a further run, in turn with those of one worker."""

    start: float
    costs: tuple[float, ...]
    of_one: tuple[float, ...]


@dataclass(frozen=True)
class Measurements:
    """Pairs of runs and cost: `sweeps`, `resumes` and `readings` in seconds and repeated, the others counted once.

    `sweeps` are by one worker; `workers` compares others with it.
    """

    sweeps: tuple[Point, ...]
    disk: tuple[Point, ...] = ()
    inodes: tuple[Point, ...] = ()
    resumes: tuple[Point, ...] = ()
    readings: tuple[Point, ...] = ()
    running_memory: tuple[Point, ...] = ()
    planning_memory: tuple[Point, ...] = ()
    reading_memory: tuple[Point, ...] = ()
    workers: Mapping[int, WorkerCosts] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resources:
    """What is left on this machine: bytes and inodes of the disk (None where it counts none), bytes of memory."""

    disk: float
    inodes: float | None
    memory: float

    @classmethod
    def near(cls, folder: Path) -> Resources:
        """Return what is left for a store in that folder."""
        disk = os.statvfs(folder)
        inodes = disk.f_favail if disk.f_files else None  # btrfs and some others make inodes as needed
        return cls(disk.f_bavail * disk.f_frsize, inodes, available_bytes())


def stored_size(store: Path) -> tuple[int, int]:
    """Return the bytes of disk blocks, and the inodes, that a folder with everything below it takes."""
    inodes: dict[tuple[int, int], int] = {}
    waiting: Sequence[Path] = [store]
    while waiting:
        further: list[Path] = []
        for path in waiting:
            state = path.lstat()
            inodes[state.st_dev, state.st_ino] = state.st_blocks * BLOCK
            if path.is_dir() and not path.is_symlink():
                further += path.iterdir()
        waiting = further
    return sum(inodes.values()), len(inodes)
