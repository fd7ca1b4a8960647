"""A metalab that changes one byte of an artifact: its size is right, its hash is not."""

from __future__ import annotations

from pathlib import Path

from published import after_publishing

from pytest_optbench.engine import *  # noqa: F403


def _flipped(run: Path) -> None:
    file = next(run.glob("report*"))
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


after_publishing(_flipped)
