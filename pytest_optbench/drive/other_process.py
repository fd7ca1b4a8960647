"""The ids that cases or contexts get in another process, under another PYTHONHASHSEED."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_optbench.stress.process.child import Bounds, run_child
from pytest_optbench.target import Drive, load_target
from pytest_optbench.target.dialect import ExecutorKind

from .identity_probe import SmallSweeps
from .sweep_context import Place

HASH_SEEDS = (1, 2)
BOUNDS = Bounds(seconds=3600.0)  # against a hang: heavy loads are thousands of sweeps


class Elsewhere(NamedTuple):
    """The ids that another process found, and how many runs it executed for them."""

    ids: list[str | None]
    executed: int


def ids_elsewhere(place: Place, cases: Sequence[Mapping[str, Any]], hash_seed: int) -> Elsewhere:
    """What `SmallSweeps.ids` finds in a child process under that PYTHONHASHSEED.

    Raises:
        ChildError: the child could not tell.
    """
    return _told(ids_here, place, list(cases), hash_seed)


def context_ids_elsewhere(place: Place, contexts: Sequence[Any], hash_seed: int) -> Elsewhere:
    """What `SmallSweeps.context_ids` finds there.

    Raises:
        ChildError: the child could not tell.
    """
    return _told(context_ids_here, place, list(contexts), hash_seed)


def ids_here(folder: str, executor: ExecutorKind, packed: str) -> Elsewhere:
    """What the child does with cases."""
    sweeps = _sweeps(folder, executor)
    return Elsewhere(sweeps.ids(_unpacked(packed)), sweeps.executed)


def context_ids_here(folder: str, executor: ExecutorKind, packed: str) -> Elsewhere:
    """What the child does with contexts."""
    sweeps = _sweeps(folder, executor)
    return Elsewhere(sweeps.context_ids(_unpacked(packed)), sweeps.executed)


def _told(function: Callable[..., Any], place: Place, values: list[Any], hash_seed: int) -> Elsewhere:
    folder = Path(place.drive.store).parent / f"elsewhere-{hash_seed}"
    packed = base64.b64encode(pickle.dumps(values)).decode()
    environment = {"PYTHONHASHSEED": str(hash_seed)}
    ended = run_child(function, str(folder), place.drive.executor, packed, bounds=BOUNDS, environment=environment)
    return Elsewhere(*ended.value_or_raise())


def _sweeps(folder: str, executor: ExecutorKind) -> SmallSweeps:
    drive = Drive(f"{folder}/store", executor=executor)
    return SmallSweeps(Place(load_target(), drive, Path(folder) / "witness.jsonl", "elsewhere"))


def _unpacked(packed: str) -> Any:
    return pickle.loads(base64.b64decode(packed))  # noqa: S301 - packed by the parent
