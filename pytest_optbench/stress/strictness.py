"""Whether every JSON file of a store is strict JSON: what readers of other languages accept too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn


def loose_json(folder: Path) -> list[str]:
    """What is wrong with the `*.json` files below `folder`, a phrase for each bad file, in order of paths."""
    told = [(path.relative_to(folder), _wrong(path)) for path in sorted(folder.rglob("*.json")) if path.is_file()]
    return [f"{path}: {wrong}" for path, wrong in told if wrong]


def bytes_below(folder: Path) -> int:
    """The bytes of all files below `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _wrong(path: Path) -> str:
    try:
        json.loads(path.read_bytes(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _refuse(token: str) -> NoReturn:
    raise ValueError(f"the token {token} is not JSON")
