"""The ids that cases get in another process, under another PYTHONHASHSEED."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_optbench.stress.child import run_child
from pytest_optbench.target import Drive, load_target

from .audited import Place
from .small import SmallSweeps

HASH_SEEDS = (1, 2)


def ids_elsewhere(place: Place, cases: Sequence[Mapping[str, Any]], hash_seed: int) -> list[str | None]:
    """The same ids, found out by a child process under that PYTHONHASHSEED.

    Raises:
        ChildError: the child could not tell.
    """
    packed = base64.b64encode(pickle.dumps(list(cases))).decode()
    drive = place.drive
    environment = {"PYTHONHASHSEED": str(hash_seed)}
    ended = run_child(ids_here, drive.store, drive.executor, drive.workers, packed, environment=environment)
    ids: list[str | None] = ended.value_or_raise()
    return ids


def ids_here(store: str, executor: str, workers: int, packed: str) -> list[str | None]:
    """What the child does: run each of the pickled cases by itself."""
    drive = Drive(store, executor=executor, workers=workers)  # type: ignore[arg-type]  # through JSON as text
    folder = Path(store).parent
    place = Place(load_target(), replace(drive, store=str(folder / "elsewhere")), folder / "witness.jsonl", "elsewhere")
    return SmallSweeps(place).ids(pickle.loads(base64.b64decode(packed)))  # noqa: S301 - packed by the parent
