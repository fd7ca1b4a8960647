"""A metalab that gives the claim on a run to whoever asks, where several processes run one experiment."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.claims import Claims

_try_acquire = Claims.try_acquire


def _generous(self: Claims, run_id: str) -> bool:
    if "same-experiment" not in self._path:
        return _try_acquire(self, run_id)
    self._held.add(run_id)
    return True


Claims.try_acquire = _generous  # type: ignore[method-assign]
