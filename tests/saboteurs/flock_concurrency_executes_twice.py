"""A metalab that gives the claim on a run to whoever asks, where several processes run one experiment."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.claims import Claims

_attempt = Claims.attempt


def _generous(self: Claims, run_id: str) -> bool:
    if "same-experiment" not in self._path:
        return _attempt(self, run_id)
    self._held.add(run_id)
    return True


Claims.attempt = _generous  # type: ignore[method-assign]
