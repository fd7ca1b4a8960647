"""A small disk runs full, grows on demand, and is seen by the process that mounted it alone."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pytest_optbench.stress.faults.small_disk import NO_MOUNT, small_disk
from pytest_optbench.stress.process.child import ChildResult, run_child

PAGE = 4096


def fill_and_grow(folder: str) -> list[int]:
    """How many pages fit on a disk of eight, the error after that, and how many fit once it has sixteen."""
    place = Path(folder)
    with small_disk(place, 8 * PAGE) as resize:
        first, error = _pages_that_fit(place, "first")
        resize(16 * PAGE)
        second, _ = _pages_that_fit(place, "second")
    return [first, error, first + second]


def _pages_that_fit(folder: Path, name: str) -> tuple[int, int]:
    for number in range(100):
        try:
            (folder / f"{name}-{number}").write_bytes(b"x" * PAGE)
        except OSError as full:
            (folder / f"{name}-{number}").unlink(missing_ok=True)
            return number, full.errno or 0
    return 100, 0


def test_a_small_disk_runs_full_and_grows(tmp_path: Path) -> None:
    ended: ChildResult = run_child(fill_and_grow, str(tmp_path / "disk"))
    if ended.error is not None and NO_MOUNT in ended.error:
        pytest.skip(ended.error)
    first, error, both = ended.value_or_raise()
    assert error == errno.ENOSPC
    assert 0 < first <= 8 < both <= 16
    assert list((tmp_path / "disk").iterdir()) == [], "the parent sees the disk of its child"
