"""A metalab that exports runs without their logs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store import export_store as _export_store


def _export(source: Any, destination: Any, **keywords: Any) -> Any:
    return _export_store(source, destination, **{**keywords, "include_logs": False})


store = SimpleNamespace(export_store=_export)
