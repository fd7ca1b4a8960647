"""Kinds of damage to a record file, as crashes, full disks, other programs and people leave them behind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Damage = Callable[[Path, Path], None]  # the record's file, and that of another run


def _emptied(path: Path, other: Path) -> None:
    path.write_bytes(b"")


def _halved(path: Path, other: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _zeroed(path: Path, other: Path) -> None:
    path.write_bytes(b"\0" * path.stat().st_size)


def _overwritten(path: Path, other: Path) -> None:
    path.write_bytes(b"\xff\xfe not a record")


def _listed(path: Path, other: Path) -> None:
    path.write_text("[]", encoding="utf-8")


def _swapped(path: Path, other: Path) -> None:
    shutil.copyfile(other, path)


def _with(**fields: Any) -> Damage:
    def damage(path: Path, other: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_bytes()), **fields}), encoding="utf-8")

    return damage


DAMAGES: Mapping[str, Damage] = {
    "empty": _emptied,
    "cut in half": _halved,
    "full of zeros": _zeroed,
    "no text": _overwritten,
    "a list": _listed,
    "another run's": _swapped,
    "of an unknown status": _with(status="wonderful"),
    "without metrics": _with(metrics=None),
    "of an impossible time": _with(finished_at="yesterday"),
}
