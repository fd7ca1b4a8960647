"""An executor by the name of its kind, as configuration files have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_optbench.errors import InvalidInputError, UnknownNameError

from .process import ProcessExecutor

KINDS = ("local",)


def resolve_executor(platform: str, overrides: Mapping[str, Any] | None = None) -> ProcessExecutor | None:
    """Return the executor of a platform: for "local" worker processes, or None, which is one thread, for one worker.

    Profiles in files are not read: all that counts is in `overrides`.

    Raises:
        UnknownNameError: another platform, or another setting than `workers`.
        InvalidInputError: `workers` is no whole number of at least one.
    """
    if platform not in KINDS:
        raise UnknownNameError("platform", platform, KINDS)
    settings = dict(overrides or {})
    workers = settings.pop("workers", 1)
    if settings:
        raise UnknownNameError("setting of a local executor", min(settings), ("workers",))
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InvalidInputError(f"workers={workers!r} makes no sense: give a whole number >= 1")
    return None if workers == 1 else ProcessExecutor(workers)
