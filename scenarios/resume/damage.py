"""Kinds of damage to a record file: those of any file, and those that leave it well formed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_optbench.stress.faults.corruption import CORRUPTIONS, Corruption


def _listed(path: Path, other: Path) -> None:
    path.write_text("[]", encoding="utf-8")


def _with(**fields: Any) -> Corruption:
    def damage(path: Path, other: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_bytes()), **fields}), encoding="utf-8")

    return damage


DAMAGES: Mapping[str, Corruption] = {
    "empty": CORRUPTIONS["empty"],
    "cut in half": CORRUPTIONS["cut in half"],
    "full of zeros": CORRUPTIONS["full of zeros"],
    "no text": CORRUPTIONS["no text"],
    "a list": _listed,
    "another run's": CORRUPTIONS["another one's"],
    "of an unknown status": _with(status="wonderful"),
    "without metrics": _with(metrics=None),
    "of an impossible time": _with(finished_at="yesterday"),
}
