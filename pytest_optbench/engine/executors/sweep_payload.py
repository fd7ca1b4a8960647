"""What worker processes must know of a sweep before its runs: packed once, read by each worker at its start."""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_optbench.engine.planning.operation import load_operation
from pytest_optbench.engine.store.file import FileStoreSpec
from pytest_optbench.errors import InvalidInputError, WorkerError

from .main_module import MAIN, MainModule, describe_main

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep_spec import SweepSpec
    from pytest_optbench.engine.store.protocol import Store

_ADVICE: Final = "define it at the top level of a module that can be imported, or use ThreadExecutor"


@dataclass(frozen=True)
class SweepPayload:
    """A sweep as its worker processes get it.

    `packed` is the pickled specification, which is loaded once the parent's `script` can be imported. `claimed` is the
    id of no run, whose claim the sweep holds: a worker that gets this claim sees another store.
    """

    arguments: list[str]
    script: MainModule | None
    operation: str
    packed: bytes
    claimed: str | None = None


def packed_sweep(spec: SweepSpec, claimed: str | None = None) -> bytes:
    """Return a sweep as bytes for its workers.

    Raises:
        WorkerError: no worker would find the operation by its reference, or the context cannot be pickled.
    """
    script = describe_main()
    _check_importable(spec, script)
    try:
        packed = pickle.dumps(spec, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise WorkerError(
            f"the context of {spec.experiment_id} cannot be sent to a worker process "
            f"({type(error).__name__}: {error}): make it of plain data and classes that can be imported, or use "
            "ThreadExecutor"
        ) from error
    payload = SweepPayload(sys.argv, script, spec.operation.ref, packed, claimed)
    return pickle.dumps(payload, pickle.HIGHEST_PROTOCOL)


def check_store(spec: SweepSpec, store: Store, claimed: str) -> None:
    """Raise `WorkerError` unless the sweep's own claim on `claimed` is seen in this worker's store."""
    where = spec.store.path if isinstance(spec.store, FileStoreSpec) else spec.store
    advice = "give a store that all workers reach: a folder that they share, or a database"
    if isinstance(spec.store, FileStoreSpec) and not os.path.isdir(spec.store.path):  # noqa: PTH112 - never made here
        raise WorkerError(f"there is no store at {where} on the machine of this worker: {advice}")
    if store.claim(claimed):
        store.release(claimed)
        raise WorkerError(
            f"the store {where} on the machine of this worker is another one, or a file system without locks: {advice}"
        )


def _check_importable(spec: SweepSpec, script: MainModule | None) -> None:
    ref = spec.operation.ref
    if "<" in ref.partition(":")[2]:
        raise WorkerError(f"operation {ref} is defined inside a function, where no worker process finds it: {_ADVICE}")
    if ref.startswith(f"{MAIN}:") and script is None:
        raise WorkerError(f"operation {ref} is defined in an interactive session or on standard input: {_ADVICE}")
    try:
        found = load_operation(ref)
    except InvalidInputError as error:
        raise WorkerError(f"operation {ref} cannot be imported ({error}): {_ADVICE}") from error
    if getattr(found, "code_hash", None) != spec.code_hash:
        raise WorkerError(f"operation {ref} names something else now than the operation to run ({found!r}): {_ADVICE}")
