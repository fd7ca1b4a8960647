"""Check that every JSON file of a store is strict JSON, which readers of other languages accept."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import NoReturn


def invalid_json(folder: Path, *, of: Collection[str] | None = None) -> list[str]:
    """Return what is wrong with the `*.json` files below `folder`, a phrase for each invalid file, in order of paths.

    With `of`, only files whose name, or that of a folder above them, is one of these run ids.
    """
    files = {path: path.relative_to(folder) for path in sorted(folder.rglob("*.json")) if path.is_file()}
    problems = [(name, _problem(path)) for path, name in files.items() if of is None or _has_run_id(name, of)]
    return [f"{name}: {problem}" for name, problem in problems if problem]


def _has_run_id(name: Path, run_ids: Collection[str]) -> bool:
    return any(part.split(".", 1)[0] in run_ids for part in name.parts)


def bytes_below(folder: Path) -> int:
    """Return the number of bytes of all files below `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _problem(path: Path) -> str:
    try:
        json.loads(path.read_bytes(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _refuse(token: str) -> NoReturn:
    raise ValueError(f"the token {token} is not JSON")
