"""A metalab whose records all name the same code."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.records import Provenance

_here = Provenance.here


def _changed(operation: str, code_hash: str) -> Any:
    return _here(operation, "0" * len(code_hash))


Provenance.here = _changed  # type: ignore[method-assign, assignment]
