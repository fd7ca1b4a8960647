"""Describe the loads of failure injection, flock concurrency and resume before they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pytest_optbench.benchmark.estimate import PAYLOADS, estimate_stored

FILES: Mapping[str, tuple[int, ...]] = {
    "noop": PAYLOADS["noop"],
    "short payload": (2_140, 1_849, 1_312, 732, 570, 250, 60),
    "payload": (3_712, 2_140, 1_932, 1_842, 570, 260, 60),
    "scripted": (1_161, 33),
    "fault": (1_300, 35, 35),
    "random fault": (2_900, 50, 35),
    "page": (1_200, 4_900, 35, 35),
}  # bytes of each file of a run of an operation, as the embedded engine writes them

Runs = Callable[[int], int]


def explained(
    files: str = "noop", runs: Runs = lambda size: size, stores: Runs = lambda _: 1, more: int = 0, what: str = ""
) -> Callable[[Any, Any], str]:
    """Return a function that describes a load: the runs that are on the disk together, and the space that they take.

    Args:
        files: the operation, in `FILES`.
        runs: the number of runs, given the size of the load.
        stores: the number of stores that hold them.
        more: bytes of artifacts that do not grow with the load.
        what: a phrase for the load, with `{size}` in it, if it is more than these runs.
    """

    def explain_load(load: Any, _settings: Any) -> str:
        size = load.size
        number = runs(size)
        stored = estimate_stored(number, [FILES[files]], stores(size))
        stored = replace(stored, content=stored.content + more, on_disk=stored.on_disk + more)
        text = f"{number:,} runs store about {stored}"
        return f"{what.format(size=f'{size:,}')}: {text}" if what else text

    return explain_load
