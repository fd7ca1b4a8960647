"""Every corruption changes the file, and touches no other, unless it is a swap."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_optbench.stress.faults.corruption import CORRUPTIONS

CONTENT, OTHER, THIRD = b'{"status": "success"}', b'{"status": "failed", "n": 1}', b"third"


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_corruptions(tmp_path: Path, kind: str) -> None:
    path, other, third = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    for file, content in ((path, CONTENT), (other, OTHER), (third, THIRD)):
        file.write_bytes(content)
    CORRUPTIONS[kind](path, other)
    left = path.read_bytes() if path.exists() else None
    assert left != CONTENT
    assert third.read_bytes() == THIRD
    assert other.read_bytes() == (CONTENT if kind == "swapped with another" else OTHER)
    assert (left is None) == (kind == "lost")
    if kind in ("garbled", "full of zeros"):
        assert left is not None
        assert len(left) == len(CONTENT)
