"""The command that repeats one item as it ran, from the folder where the session began."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .bundle import is_bundled
from .option_fields import options_of
from .options import CLUSTER, Settings

if TYPE_CHECKING:  # every session imports this module, and few have a target
    from pytest_optbench.target import Target


def rerun_command(nodeid: str, file: Path, point: str, intensity: str, target: Target, settings: Settings) -> str:
    """Return the command that repeats one item: its load, its target, and the options that change its runs.

    `file` is where the item was collected, `point` its breaking point.
    """
    began = settings.began
    bundled = is_bundled(file) and settings.bundled
    item = _select_bundled(nodeid, point) if bundled else [_relative_id(nodeid, file, settings)]
    root_arguments = began.arguments_for(began.folder if bundled else file)
    options = _options(intensity, target, settings)
    return shlex.join([*began.program(target.path), *root_arguments, *item, *options])


def _select_bundled(nodeid: str, point: str) -> list[str]:
    """Return the options that select a bundled scenario: the path of its file differs from machine to machine."""
    return ["--optbench", "--optbench-only", point, "-k", nodeid.rpartition("::")[2]]


def _relative_id(nodeid: str, file: Path, settings: Settings) -> str:
    """Return the node id, with the path of its file relative to the folder where the session began."""
    began = settings.began
    is_inside = file.is_relative_to(began.folder) or file.is_relative_to(began.root)
    path = os.path.relpath(file, began.folder) if is_inside else str(file)
    test, bracket, parameters = nodeid.partition("[")
    return "::".join([path, *test.split("::")[1:]]) + bracket + parameters


def _options(intensity: str, target: Target, settings: Settings) -> Iterator[str]:
    yield from ("-m", f"{intensity} or {CLUSTER}" if CLUSTER in settings.intensities else intensity)
    if target.name != "metalab":
        yield from ("--metalab", target.name)
    if settings.store:
        yield f"--optbench-store={settings.began.shown(settings.store)}"
    if intensity == "extreme" and not settings.shards and settings.processes > 1:
        yield from ("--optbench-shards", str(settings.processes))  # one per worker, and part of the item's name
    yield from drive_arguments(settings)


def drive_arguments(settings: Settings) -> Iterator[str]:
    """Yield the arguments that change which runs an item drives, or how it drives them."""
    for name, declared in options_of(Settings):
        if declared.repeats:
            yield from declared.arguments(getattr(settings, name), settings.began)
