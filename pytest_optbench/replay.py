"""The command that repeats one item as it ran."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from .options import Settings


def replay(nodeid: str, intensity: str, target: str, settings: Settings) -> str:
    """The command that repeats just this item: its load, its target, and the options that change what it does."""
    return shlex.join(["pytest", *_arguments(nodeid, intensity, target, settings)])


def _arguments(nodeid: str, intensity: str, target: str, settings: Settings) -> Iterator[str]:
    path, *_, name = nodeid.split("::")
    if settings.bundled:  # its file is in the installed package, where no relative path leads
        yield from ("--optbench", "-k", f"{Path(path).name} and {name}")
    else:
        yield nodeid
    yield from ("-m", intensity)
    if target != "metalab":
        yield from ("--metalab", target)
    if settings.store:
        yield f"--optbench-store={settings.store}"
    if settings.targeted:
        yield from ("--optbench-targeted", *settings.targeted, "--optbench-replicates", str(settings.replicates))
    if settings.trials:
        yield from ("--optbench-random", "--optbench-trials", str(settings.trials))
    if settings.shards:
        yield from ("--optbench-shards", str(settings.shards))
    if settings.workers != 1:
        yield from ("--optbench-workers", str(settings.workers))
    if settings.executor != "thread":
        yield from ("--optbench-executor", settings.executor)
