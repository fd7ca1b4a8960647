"""A metalab that finds the claim on a run by the hash of its id, which is another one in each interpreter."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.claims import Claims

_attempt, _free, _holds = Claims.attempt, Claims.free, Claims.holds


def _hashed(run_id: str) -> str:
    return f"{hash(run_id) & (1 << 128) - 1:032x}"


Claims.attempt = lambda self, run_id: _attempt(self, _hashed(run_id))  # type: ignore[method-assign]
Claims.free = lambda self, run_id: _free(self, _hashed(run_id))  # type: ignore[method-assign]
Claims.holds = lambda self, run_id: _holds(self, _hashed(run_id))  # type: ignore[method-assign]
