"""The ids that cases or contexts get in another process, under another PYTHONHASHSEED."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.target import RunOptions, load_target
from pytest_optbench.target.dialect import ExecutorKind

from .identity_probe import IdentityProbe
from .sweep_context import SweepContext

HASH_SEEDS = (1, 2)
BOUNDS = ResourceLimits(seconds=3600.0)  # against a hang: heavy loads are thousands of sweeps


class OtherProcessIds(NamedTuple):
    """The ids that another process found, and how many runs it executed for them."""

    ids: list[str | None]
    executed: int


def ids_in_another_process(ctx: SweepContext, cases: Sequence[Mapping[str, Any]], hash_seed: int) -> OtherProcessIds:
    """Return the result of `IdentityProbe.ids` in a child process under that PYTHONHASHSEED.

    Raises:
        ChildError: the child did not return it.
    """
    return _ids_from_child(ids_task, ctx, list(cases), hash_seed)


def context_ids_in_another_process(ctx: SweepContext, contexts: Sequence[Any], hash_seed: int) -> OtherProcessIds:
    """Return the result of `IdentityProbe.context_ids` in such a child process.

    Raises:
        ChildError: the child did not return it.
    """
    return _ids_from_child(context_ids_task, ctx, list(contexts), hash_seed)


def ids_task(folder: str, executor: ExecutorKind, packed: str) -> OtherProcessIds:
    """Return the ids of cases, in the child."""
    probe = _probe(folder, executor)
    return OtherProcessIds(probe.ids(_unpack(packed)), probe.executed)


def context_ids_task(folder: str, executor: ExecutorKind, packed: str) -> OtherProcessIds:
    """Return the ids of contexts, in the child."""
    probe = _probe(folder, executor)
    return OtherProcessIds(probe.context_ids(_unpack(packed)), probe.executed)


def _ids_from_child(
    function: Callable[..., Any], ctx: SweepContext, values: list[Any], hash_seed: int
) -> OtherProcessIds:
    folder = Path(ctx.options.store).parent / f"other-process-{hash_seed}"
    packed = base64.b64encode(pickle.dumps(values)).decode()
    environment = {"PYTHONHASHSEED": str(hash_seed)}
    ended = run_child(function, str(folder), ctx.options.executor, packed, bounds=BOUNDS, environment=environment)
    return OtherProcessIds(*ended.value_or_raise())


def _probe(folder: str, executor: ExecutorKind) -> IdentityProbe:
    options = RunOptions(f"{folder}/store", executor=executor)
    return IdentityProbe(SweepContext(load_target(), options, Path(folder) / "witness.jsonl", "other-process"))


def _unpack(packed: str) -> Any:
    return pickle.loads(base64.b64decode(packed))  # noqa: S301 - packed by the parent
