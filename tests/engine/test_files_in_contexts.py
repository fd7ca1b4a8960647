"""Files and folders in contexts: what counts about them, and what is not there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.engine import DirPath, FilePath, context_spec, dir_hash, file_hash
from pytest_optbench.engine.identity.identity import fingerprint
from pytest_optbench.engine.planning.context import context_fingerprint
from pytest_optbench.errors import IdentityError, InvalidInputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.csv", "b.csv", "c.txt", "below/d.csv"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_text(name)
    return tmp_path / "data"


def differs(change: Any, *values: Any) -> list[bool]:
    before = [fingerprint(value) for value in values]
    change()
    return [fingerprint(value) != one for value, one in zip(values, before, strict=True)]


def test_a_pattern_says_which_files_count(folder: Path) -> None:
    patterns = ("*", "*.csv", "**/*.csv", "*.txt", "nothing")
    values = [DirPath(folder, pattern=pattern) for pattern in patterns]
    assert len({fingerprint(value) for value in values}) == len(values)
    assert differs(lambda: (folder / "below" / "d.csv").write_text("other"), *values) == [
        True,
        False,
        True,
        False,
        False,
    ]
    assert differs(lambda: (folder / "c.txt").write_text("other"), *values) == [True, False, False, True, False]
    assert differs(lambda: (folder / "e.csv").write_text("new"), *values) == [True, True, True, False, False]


def test_a_path_counts_where_it_is_asked_for(folder: Path) -> None:
    (folder / "copy.csv").write_text("a.csv")
    one, other = folder / "a.csv", folder / "copy.csv"
    assert fingerprint(FilePath(one)) == fingerprint(FilePath(other))
    told = [FilePath(one), FilePath(one, hash_path=True), FilePath(other, hash_path=True)]
    told_of_folders = [DirPath(folder), DirPath(folder, hash_path=True), DirPath(folder, "*.csv", hash_path=True)]
    assert len({fingerprint(value) for value in (*told, *told_of_folders)}) == 6
    assert len({fingerprint([value, "x"]) for value in told}) == 3


def test_a_path_is_a_text_however_it_is_given(folder: Path) -> None:
    assert (FilePath(folder / "a.csv").path, DirPath(folder).path) == (str(folder / "a.csv"), str(folder))
    assert FilePath(folder / "a.csv") == FilePath(str(folder / "a.csv"))


@pytest.mark.parametrize("value", [FilePath("gone"), DirPath("gone"), {"in": [FilePath("gone")]}])
def test_what_is_not_there_is_a_missing_file_by_its_path(value: Any) -> None:
    with pytest.raises(FileNotFoundError, match="gone") as missing:
        context_fingerprint({"member": value})
    assert isinstance(missing.value, IdentityError)
    assert str(missing.value).startswith("context['member']")


@dataclass(frozen=True)
class Commit:
    name: str
    note: str = ""

    def fingerprint_payload(self) -> dict[str, Any]:
        return {"name": self.name}


class Release(Commit):
    """Of another class with the same payload."""


class Refusing:
    def fingerprint_payload(self) -> dict[str, Any]:
        return {"x": object()}


def test_an_object_says_itself_what_counts() -> None:
    assert context_fingerprint(Commit("a", "x")) == context_fingerprint(Commit("a", "y"))
    told = [Commit("a"), Commit("b"), Release("a"), {"name": "a"}]
    assert len({context_fingerprint(one) for one in told}) == 4
    assert context_fingerprint({"c": Commit("a", "x")}) == context_fingerprint({"c": Commit("a", "y")})
    with pytest.raises(IdentityError, match="object"):
        context_fingerprint(Refusing())


def test_a_dataclass_may_become_a_context() -> None:
    @context_spec
    @dataclass
    class Changing:
        scale: float = 1.0

    changing = Changing()
    before = changing.fingerprint  # type: ignore[attr-defined]
    changing.scale = 2.0
    assert changing.fingerprint != before  # type: ignore[attr-defined]

    @context_spec(frozen=False)
    class Open:
        scale: float = 1.0

    one = Open()
    one.scale = 3.0
    assert one.scale == 3.0


def test_checksums_follow_content_and_names(folder: Path) -> None:
    assert file_hash(folder / "a.csv") == hashlib.sha256(b"a.csv").hexdigest()[:16]
    assert file_hash(folder / "a.csv", algorithm="md5") == hashlib.md5(b"a.csv").hexdigest()[:16]
    before = [dir_hash(folder), dir_hash(folder, "*.csv"), dir_hash(folder, "**/*")]
    (folder / "c.txt").rename(folder / "renamed.txt")
    assert [dir_hash(folder) == before[0], dir_hash(folder, "*.csv") == before[1]] == [False, True]
    assert len(set(before)) == 3
    for content, other in (("ab", "c"), ("a", "bc")):
        (folder / "a.csv").write_text(content)
        (folder / "b.csv").write_text(other)
        before.append(dir_hash(folder, "*.csv"))
    assert len(set(before)) == 5


@pytest.mark.parametrize("ask", [file_hash, dir_hash])
def test_a_checksum_of_nothing_or_by_nothing_is_refused(folder: Path, ask: Any) -> None:
    with pytest.raises(FileNotFoundError, match="gone"):
        ask(folder / "gone")
    for algorithm in ("sha3000", "shake_128"):
        with pytest.raises(InvalidInputError, match=algorithm):
            ask(folder if ask is dir_hash else folder / "a.csv", algorithm=algorithm)
