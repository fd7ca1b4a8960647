"""Contexts and their files: fingerprints that follow content, and are not computed twice for nothing."""

from __future__ import annotations

import dataclasses
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.engine.identity import files
from pytest_optbench.engine.planning.context import DirPath, FilePath, context_fingerprint, context_meta, context_spec
from pytest_optbench.errors import IdentityError, InvalidInputError


@context_spec
class Spec:
    """A context."""

    name: str = "x"
    data: Any = None


@context_spec()
class OtherSpec:
    name: str = "x"
    data: Any = None


def age(path: Path, seconds: float = 3600) -> None:
    """Make a file look as if it had been written long ago."""
    then = time.time() - seconds
    os.utime(path, (then, then))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were really read, with time stamps trusted at once."""
    found: list[str] = []
    original = files._read_and_remember

    def counted(path: str, file: Any) -> str:
        found.append(path)
        return original(path, file)

    monkeypatch.setattr(files, "_read_and_remember", counted)
    monkeypatch.setattr(files, "SETTLED", -1)
    monkeypatch.setattr(files, "_KNOWN", {})
    return found


def test_a_spec_is_a_frozen_dataclass_with_a_fingerprint() -> None:
    spec = Spec("a", {"b": [1]})
    assert spec.fingerprint == context_fingerprint(spec) == Spec("a", {"b": [1]}).fingerprint  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(spec)) == spec
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "b"


def test_contexts_differ_by_class_and_content() -> None:
    contexts = [None, {}, {"name": "x", "data": None}, Spec(), OtherSpec(), Spec("y"), Spec(data=0), Spec(data=Spec())]
    assert len({context_fingerprint(context) for context in contexts}) == len(contexts)


def test_a_member_without_identity_is_named() -> None:
    with pytest.raises(IdentityError, match=r"context\.data\['model'\]\[1\]: builtins\.function"):
        context_fingerprint(Spec(data={"model": [1, lambda: 2]}))


@pytest.mark.parametrize("context", [3, "x", [1], Spec, object()])
def test_what_is_no_context_is_refused(context: Any) -> None:
    with pytest.raises(InvalidInputError, match="give a dataclass instance"):
        context_fingerprint(context)


def test_a_member_called_fingerprint_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="rename it"):

        @context_spec
        class Bad:
            fingerprint: str = ""


def test_members_by_name_for_resolvers() -> None:
    assert context_meta(Spec("a", 3)) == {"name": "a", "data": 3}
    assert context_meta({"a": 1}) == {"a": 1}
    assert context_meta(None) == {}


def test_a_file_counts_by_content_wherever_it_is(tmp_path: Path) -> None:
    one, two, three = tmp_path / "one", tmp_path / "two", tmp_path / "three"
    for path, content in ((one, b"abc"), (two, b"abc"), (three, b"abd")):
        path.write_bytes(content)
    prints = [context_fingerprint({"f": FilePath(path)}) for path in (one, str(two), three)]
    assert prints[0] == prints[1] != prints[2]
    assert context_fingerprint({"f": one}) != context_fingerprint({"f": two})  # plain paths count by name
    assert os.fspath(FilePath(one)) == str(FilePath(one)) == str(DirPath(one)) == str(one)


def test_large_files_are_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(files.PIECE) + b"x")
    before = FilePath(path).content_hash
    path.write_bytes(bytes(files.PIECE) + b"y")
    assert FilePath(path).content_hash != before


def test_a_settled_file_is_read_once(tmp_path: Path, reads: list[str]) -> None:
    path = tmp_path / "data"
    path.write_text("abc")
    assert FilePath(path).content_hash == FilePath(path).content_hash
    assert reads == [str(path)]


@pytest.mark.parametrize("change", ["content", "time", "replaced", "size"])
def test_a_changed_file_is_read_again(tmp_path: Path, reads: list[str], change: str) -> None:
    path, other = tmp_path / "data", tmp_path / "other"
    path.write_text("abc")
    age(path)
    before = FilePath(path).content_hash
    changes: dict[str, Callable[[], object]] = {
        "content": lambda: (path.write_text("abd"), age(path)),  # the modification time set back: ctime shows it
        "time": lambda: age(path, 10),
        "replaced": lambda: (other.write_text("abd"), age(other), other.replace(path)),
        "size": lambda: path.write_text("abcd"),
    }
    changes[change]()
    assert (FilePath(path).content_hash == before) == (change == "time")
    assert reads == [str(path)] * 2


def test_a_file_just_written_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("abc")
    before = FilePath(path).content_hash
    assert str(path) not in files._KNOWN
    stamp = path.stat()
    path.write_text("abd")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert FilePath(path).content_hash != before


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data"
    path.write_text("abc")
    signatures = iter([(1,), (2,)])
    monkeypatch.setattr(files, "_signature", lambda found: next(signatures))
    with pytest.raises(IdentityError, match="changed while it was read"):
        FilePath(path).content_hash  # noqa: B018


def test_folders_count_by_names_and_contents(tmp_path: Path) -> None:
    def build(name: str, entries: dict[str, str]) -> DirPath:
        root = tmp_path / name
        root.mkdir()
        for entry, content in entries.items():
            path = root / entry
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir() if content == "folder" else path.write_text(content)
        return DirPath(root)

    same = [build("a", {"x": "1", "sub/y": "2"}), build("b", {"sub/y": "2", "x": "1"})]
    others = [
        {"x": "2", "sub/y": "1"},
        {"x": "1", "sub/z": "2"},
        {"x": "1", "y": "2"},
        {"x": "1", "sub/y": "2", "e": "folder"},
    ]
    assert same[0].content_hash == same[1].content_hash
    hashes = {build(f"c{k}", entries).content_hash for k, entries in enumerate(others)} | {same[0].content_hash}
    assert len(hashes) == 5
    (tmp_path / "a" / "x").write_text("9")
    assert same[0].content_hash != same[1].content_hash


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "loop").symlink_to(root)
    before = DirPath(root).content_hash
    (root / "loop").unlink()
    (root / "loop").symlink_to(tmp_path)
    assert DirPath(root).content_hash != before


@pytest.mark.parametrize("kind", [FilePath, DirPath])
def test_what_is_not_there_is_refused_by_name(tmp_path: Path, kind: Any) -> None:
    with pytest.raises(IdentityError, match=r"context\['f'\]: .*nowhere"):
        context_fingerprint({"f": kind(tmp_path / "nowhere")})


def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IdentityError, match="is no file: use DirPath"):
        FilePath(tmp_path).content_hash  # noqa: B018
    with pytest.raises(IdentityError, match="is no folder"):
        DirPath(tmp_path / "file").content_hash  # noqa: B018


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IdentityError, match="is no file"):
        FilePath(tmp_path / "pipe").content_hash  # noqa: B018
