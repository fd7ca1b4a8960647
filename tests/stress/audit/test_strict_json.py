"""Strict JSON is told from what only Python reads, and bytes are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_optbench.stress.audit.strict_json import bytes_below, invalid_json


@pytest.mark.parametrize("text", ["{}", "[1.5, null, true]", '"\\ud800"', "1e999", '{"a": "NaN"}'])
def test_strict_json_is_not_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "file.json").write_text(text)
    assert invalid_json(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": NaN}', "the token NaN is not JSON"),
        ("[-Infinity]", "the token -Infinity is not JSON"),
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_loose_json_is_told_with_its_path(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file.json").write_text(text)
    (wrong,) = invalid_json(tmp_path)
    assert wrong.startswith("inner/file.json: ")
    assert told in wrong


def test_only_the_files_of_some_runs_are_looked_at(tmp_path: Path) -> None:
    for name in ("1a.json", "1b.json", "1a/record.json", "1a.x/inner/record.json", "1ab/record.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("NaN")
    told = [wrong.split(":")[0] for wrong in invalid_json(tmp_path, of={"1a"})]
    assert told == ["1a/record.json", "1a.json", "1a.x/inner/record.json"]


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_bytes(b"\xff")
    assert len(invalid_json(tmp_path)) == 1


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file.npz").write_text("NaN")
    assert invalid_json(tmp_path) == []


def test_bytes_of_all_files_count_once(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "inner" / "file")
    assert bytes_below(tmp_path) == 5
