"""A large array goes to the disk without a copy, and comes back as one array and no more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("streaming.py")
MEGABYTES = 48


def rise(root: Path, kind: str) -> float:
    """By how many times the array's size the memory of a process rises at most, the array itself among it."""
    command = [sys.executable, str(SCRIPT), str(root), kind, str(MEGABYTES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / (MEGABYTES << 20)


@pytest.mark.parametrize("kind", ["npy", "npz", "strided", "bytes"])
def test_capturing_needs_no_copy(tmp_path: Path, kind: str) -> None:
    assert 0.9 < rise(tmp_path, kind) < 1.2


def test_copying_a_file_holds_a_piece_of_it_at_a_time(tmp_path: Path) -> None:
    assert rise(tmp_path, "file") < 0.2


def test_loading_needs_the_array_alone(tmp_path: Path) -> None:
    assert 0.9 < rise(tmp_path, "load") < 1.2
