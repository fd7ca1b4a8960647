"""A metalab whose claims are files, which the dead leave behind: a sweep that finds an old one gives up."""

from __future__ import annotations

import time
from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.claims import Claims
from pytest_optbench.errors import StoreError

OLD = 5.0  # seconds


def _file(claims: Claims, run_id: str) -> Path:
    return Path(f"{claims._path}.{run_id}")


def _age(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:  # its owner let go in the meantime
        return 0.0


def _try_acquire(self: Claims, run_id: str) -> bool:
    try:
        _file(self, run_id).touch(exist_ok=False)
    except FileExistsError:
        if _age(_file(self, run_id)) > OLD:
            raise StoreError(f"run {run_id} is locked") from None
        return False
    self._held.add(run_id)
    return True


def _release(self: Claims, run_id: str) -> None:
    if run_id in self._held:
        self._held.remove(run_id)
        _file(self, run_id).unlink()


Claims.try_acquire = _try_acquire  # type: ignore[method-assign]
Claims.release = _release  # type: ignore[method-assign]
