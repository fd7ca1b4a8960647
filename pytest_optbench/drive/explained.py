"""What the parts of failure injection, flock concurrency and resume say of their loads before they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pytest_optbench.benchmark.estimate import PAYLOADS, stored_by

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
    """What a part says of its load: the runs that lie on the disk at once, and what they take.

    Args:
        files: the operation, in `FILES`.
        runs: how many runs there are, by the size of the load.
        stores: over how many stores they are spread.
        more: bytes of artifacts that do not grow with the load.
        what: what is driven, with `{size}` in it, if that is not just these runs.
    """

    def explain_load(load: Any, _settings: Any) -> str:
        size = load.size
        number = runs(size)
        stored = stored_by(number, [FILES[files]], stores(size))
        stored = replace(stored, content=stored.content + more, on_disk=stored.on_disk + more)
        told = f"{number:,} runs store about {stored}"
        return f"{what.format(size=f'{size:,}')}: {told}" if what else told

    return explain_load
