"""Errors that collection finds, and whether it found scenarios; workers pass both to the controller."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import pytest

from pytest_optbench.errors import OptbenchError, TargetError

from .session import Session

REFUSED, SCENARIOS = "refused", "scenarios"  # files by which workers inform the controller


def choose(session: Session, items: list[pytest.Item], points: Collection[str] | None) -> None:
    """Keep the items that were asked for, or end the session if the input is invalid.

    Raises:
        pytest.UsageError: the input is invalid; an xdist worker leaves that to the controller.
    """
    try:
        session.choose(items, points)
    except OptbenchError as error:
        _refuse(session, error)
        items.clear()
    if session.is_worker and session.has_scenarios:
        (_shared_folder(session) / SCENARIOS).touch()


def refuse_without_target(session: Session, report: pytest.CollectReport) -> None:
    """End the session if a scenario cannot be imported because the metalab under test cannot.

    Raises:
        pytest.UsageError: as `choose`.
    """
    call: pytest.CallInfo[object] = report.call  # pytest keeps it there for its own use
    error = call.excinfo.value if call.excinfo else None
    while error is not None and not isinstance(error, TargetError):
        error = error.__cause__ or error.__context__
    if error is None:
        return
    try:
        _ = session.target
    except OptbenchError as refusal:
        _refuse(session, refusal)
        report.outcome, report.longrepr, report.result = "passed", None, []


def read_from_workers(session: Session) -> bool:
    """Return whether a worker has collected scenarios.

    Raises:
        pytest.UsageError: a worker found an error that ends the session.
    """
    for path in sorted(session.shared.glob(f"{REFUSED}-*")):
        raise pytest.UsageError(path.read_text(encoding="utf-8"))
    return (session.shared / SCENARIOS).exists()


def _refuse(session: Session, error: OptbenchError) -> None:
    if not session.is_worker:
        raise pytest.UsageError(str(error)) from None
    path = _shared_folder(session) / f"{REFUSED}-{os.getpid()}"
    path.write_text(str(error), encoding="utf-8")


def _shared_folder(session: Session) -> Path:
    """Return the folder that the controller reads, even if every worker has a folder of its own."""
    session.shared.mkdir(mode=0o700, exist_ok=True)
    return session.shared
