"""The contexts of the catalogue differ where they should, and the changes to files do what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.stress.audit.dir_snapshot import dir_snapshot
from pytest_optbench.stress.witness.canonical import canonical
from scenarios.context_fingerprint.contexts import (
    CONTEXT_PAIRS,
    EQUAL_CONTEXTS,
    FILE_CHANGES,
    FILE_SAME,
    FOLDER_CHANGES,
    FOLDER_SAME,
    make_file,
    make_folder,
    nested,
)


@pytest.mark.parametrize("pair", CONTEXT_PAIRS, ids=canonical)
def test_pairs_differ(pair: tuple[Any, Any]) -> None:
    assert canonical(pair[0]) != canonical(pair[1])


@pytest.mark.parametrize("pair", EQUAL_CONTEXTS, ids=canonical)
def test_equal_contexts_are_equal(pair: tuple[Any, Any]) -> None:
    assert canonical(pair[0]) == canonical(pair[1])


def test_large_contexts_differ_in_the_member_asked_for() -> None:
    same, again, other = nested(200), nested(200), nested(200, 117)
    assert canonical(same) == canonical(again) != canonical(other)
    assert nested(0).value == []
    assert sum(len(half.first) + len(half.second) for group in same.value for half in group.values()) == 200


def contents(path: Path) -> Any:
    return path.read_bytes() if path.is_file() else dir_snapshot(path)


@pytest.mark.parametrize("change", [*FILE_CHANGES, *FILE_SAME])
def test_changes_of_a_file(change: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    make_file(path)
    before, stat = contents(path), path.stat()
    {**FILE_CHANGES, **FILE_SAME}[change](path)
    assert (contents(path) != before) == (change in FILE_CHANGES)
    kept = (path.stat().st_size, path.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    assert kept or "times" not in change
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("change", [*FOLDER_CHANGES, *FOLDER_SAME])
def test_changes_of_a_folder(change: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    make_folder(folder)
    before = contents(folder)
    {**FOLDER_CHANGES, **FOLDER_SAME}[change](folder)
    assert (contents(folder) != before) == (change in FOLDER_CHANGES)
