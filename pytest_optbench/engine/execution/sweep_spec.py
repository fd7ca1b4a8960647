"""The specification of a sweep: all that a worker needs to execute its runs, wherever it is; it pickles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pytest_optbench.engine.planning.operation import Operation
    from pytest_optbench.engine.store.protocol import StoreSpec

Resume = bool | Literal["verify"]


@dataclass(frozen=True)
class SweepSpec:
    """The operation, what it runs on, and the store that keeps what it makes.

    `resume` says that a sound success in the store is not done again; with "verify" its files are looked at, too.
    `code_hash` is that of the operation where the
    sweep was planned; a worker that finds other code under the same name must not run it. `listened` says that
    somebody wants to hear of artifacts, log lines and metrics as they come.
    """

    experiment_id: str
    operation: Operation
    code_hash: str
    context: Any
    context_fp: str
    store: StoreSpec
    resume: Resume = True
    listened: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
