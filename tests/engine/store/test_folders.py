"""Replacing and removing folders, also where the system can do less than we would like."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

import pytest
from stored_runs import RUN, put

from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import FileStore, folder
from pytest_optbench.engine.store.record_scan import read_file
from pytest_optbench.errors import StoreError


@pytest.fixture(params=["exchange", "no such function", "refused"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A system that can exchange two folders at once, or cannot, or whose file system cannot."""

    def refuse(*arguments: object) -> int:
        ctypes.set_errno(errno.EINVAL)
        return -1

    if request.param == "no such function":
        monkeypatch.setattr(folder, "_renameat2", lambda: None)
    if request.param == "refused":
        monkeypatch.setattr(folder, "_renameat2", lambda: refuse)
    return str(request.param)


def made(path: Path, content: str) -> str:
    path.mkdir()
    (path / "file").write_text(content)
    return str(path)


def test_a_folder_takes_the_place_of_another(tmp_path: Path, system: str) -> None:
    source, target, spare = made(tmp_path / "new", "new"), made(tmp_path / "place", "old"), str(tmp_path / "spare")
    replaced = folder.replace_folder(source, target, spare)
    assert replaced == (source if system == "exchange" else spare)
    assert (tmp_path / "place" / "file").read_text() == "new"
    assert (Path(replaced) / "file").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("there", ["nothing", "an empty folder"])
def test_a_folder_takes_a_free_place(tmp_path: Path, system: str, there: str) -> None:
    if there != "nothing":
        (tmp_path / "place").mkdir()
    source = made(tmp_path / "new", "new")
    assert folder.replace_folder(source, str(tmp_path / "place"), str(tmp_path / "spare")) is None
    assert (tmp_path / "place" / "file").read_text() == "new"


@pytest.mark.parametrize("there", ["a file", "a link"])
def test_a_folder_takes_the_place_of_what_is_no_folder(tmp_path: Path, system: str, there: str) -> None:
    outside = tmp_path / "outside"
    made(outside, "kept")
    place = tmp_path / "place"
    place.write_text("x") if there == "a file" else place.symlink_to(outside)
    source = made(tmp_path / "new", "new")
    replaced = folder.replace_folder(source, str(place), str(tmp_path / "spare"))
    assert replaced is not None
    folder.remove_tree(replaced)
    assert (place / "file").read_text() == "new"
    assert not place.is_symlink()
    assert (outside / "file").read_text() == "kept"


def test_an_error_of_the_exchange_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> int:
        ctypes.set_errno(errno.EIO)
        return -1

    monkeypatch.setattr(folder, "_renameat2", lambda: fail)
    source, target = made(tmp_path / "new", "new"), made(tmp_path / "place", "old")
    with pytest.raises(OSError, match="Input/output error"):
        folder.replace_folder(source, target, str(tmp_path / "spare"))
    assert (tmp_path / "place" / "file").read_text() == "old"


def test_removing_follows_no_link_and_minds_no_gap(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    made(outside, "kept")
    deep = tmp_path / "tree" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    (deep / "link").symlink_to(outside)
    (tmp_path / "tree" / "dangling").symlink_to(tmp_path / "nowhere")
    folder.remove_tree(str(tmp_path / "tree"))
    folder.remove_tree(str(tmp_path / "tree"))
    assert [path.name for path in tmp_path.iterdir()] == ["outside"]
    assert (outside / "file").read_text() == "kept"


def test_reading_a_file_of_any_length(tmp_path: Path) -> None:
    for length in (0, 1, 8191, 8192, 8193, 3 << 20):
        data = os.urandom(length)
        (tmp_path / "file").write_bytes(data)
        assert read_file(str(tmp_path / "file")) == data


def test_names_of_what_is_no_folder_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path)
    assert folder.names(str(tmp_path / "missing")) == []
    assert folder.names(str(tmp_path / "file")) == []
    assert sorted(folder.names(str(tmp_path))) == ["file", "link"]


def test_making_folders_above_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError):
        folder.make_folders(str(tmp_path / "file" / "below"), durable=False)
    folder.make_folders(str(tmp_path / "a" / "b"), durable=True)
    folder.make_folders(str(tmp_path / "a" / "b"), durable=True)
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILED])
def test_a_kill_between_the_two_renames_loses_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: Status
) -> None:
    store = FileStore(tmp_path).experiment("e:1")
    put(store, status=status)
    monkeypatch.setattr(folder, "_renameat2", lambda: None)
    rename = os.rename

    def stop(source: str, target: str) -> None:
        if not Path(target).exists() and f"/runs/{RUN[:2]}/" in target:
            raise InterruptedError
        rename(source, target)

    with monkeypatch.context() as killed:
        killed.setattr(os, "rename", stop)
        with pytest.raises(StoreError):
            put(store, value="another")
    store.close()  # what the kernel does at a death
    after = FileStore(tmp_path).experiment("e:1")
    assert after.finished() == ({RUN} if status is Status.SUCCESS else set())
    assert after.get_run_record(RUN).status is status
    assert after.check() == []
    assert list(Path(after.path, "drafts").iterdir()) == []
    put(after, value="another")
    assert after.load_artifact(RUN, "a") == "another"
    after.close()


def test_a_run_that_was_replaced_does_not_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path).experiment("e:1")
    put(store)
    monkeypatch.setattr(folder, "_renameat2", lambda: None)
    with monkeypatch.context() as killed:
        killed.setattr(folder, "remove_tree", lambda path: None)  # as if the process died before it came to that
        put(store, value="second")
    put(store, value="third")
    store.close()
    after = FileStore(tmp_path).experiment("e:1")
    assert after.finished() == {RUN}
    assert after.load_artifact(RUN, "a") == "third"
    assert list(Path(after.path, "drafts").iterdir()) == []
    after.close()
