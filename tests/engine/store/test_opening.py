"""Opening a store: every way to name it leads to the same runs, reading makes nothing, a foreign folder is refused."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stored_runs import OTHER, RUN, put

from pytest_optbench.engine.store import ExperimentStore, FileStore, FileStoreConfig, open_store
from pytest_optbench.engine.store.record_scan import read_file
from pytest_optbench.errors import InvalidInputError, StoreError, UnknownRunError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "my runs"
    store = FileStore(place).experiment("e:1")
    put(store)
    store.close()
    return place


@pytest.fixture
def opened() -> Iterator[list[ExperimentStore]]:
    stores: list[ExperimentStore] = []
    yield stores
    for store in stores:
        store.close()


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize(
    "named",
    [
        lambda root: root,
        str,
        lambda root: root.as_uri(),
        lambda root: FileStore(root),
        lambda root: FileStore(root.as_uri()),
        lambda root: FileStoreConfig(root=root),
        lambda root: FileStoreConfig(root=root.as_uri()),
        lambda root: os.path.relpath(root),
    ],
    ids=["path", "text", "uri", "store", "store of uri", "config", "config of uri", "relative"],
)
def test_every_way_to_name_it_leads_to_the_same_runs(root: Path, opened: list[Any], named: Any, create: bool) -> None:
    opened.append(open_store(named(root), "e:1", create=create))
    assert opened[-1].run_exists(RUN)


def test_an_open_store_is_taken_as_it_is(root: Path, opened: list[Any]) -> None:
    opened.append(open_store(root, "e:1"))
    assert open_store(opened[0], "e:1") is opened[0]


def test_the_only_experiment_need_not_be_named(root: Path, opened: list[Any]) -> None:
    opened += [open_store(root, None), open_store(root / "e_1", None), open_store(root / "e_1", "e:1", create=False)]
    assert [store.experiment_id for store in opened] == ["e:1"] * 3


def test_of_several_experiments_one_must_be_named(root: Path, opened: list[Any]) -> None:
    opened.append(FileStore(root).experiment("f:2"))
    put(opened[0], OTHER)
    for experiment_id in (None, "g:3"):
        with pytest.raises(InvalidInputError, match="e:1, f:2"):
            open_store(root, experiment_id, create=False)


def test_what_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        open_store(tmp_path / "missing", None, create=False)
    with pytest.raises(InvalidInputError, match="none"):
        open_store(tmp_path, "e:1", create=False)
    assert list(tmp_path.iterdir()) == []


def test_reading_makes_nothing(tmp_path: Path) -> None:
    reader = FileStore(tmp_path / "root").experiment("e:1")
    assert list(reader.records()) == []
    assert not reader.run_exists(RUN)
    assert reader.check() == []
    with pytest.raises(UnknownRunError):
        reader.get_run_record(RUN)
    assert list(tmp_path.iterdir()) == []
    reader.close()


def test_a_folder_without_write_permission_can_be_read(
    root: Path, opened: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.stat().st_mtime_ns for path in root.rglob("*"))
    opened.append(open_store(root, "e:1", create=False))

    def refuse(*arguments: Any, **more: Any) -> None:
        raise PermissionError(13, "Permission denied")

    for call in ("mkdir", "rename", "unlink", "rmdir"):
        monkeypatch.setattr(os, call, refuse)
    assert [record.run_id for record in opened[0].records()] == [RUN]
    assert opened[0].load_artifact(RUN, "a") == 1
    assert opened[0].check() == []
    assert sorted(path.stat().st_mtime_ns for path in root.rglob("*")) == before


def test_a_moved_and_a_copied_store_hold_the_same_runs(root: Path, opened: list[Any], tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    shutil.move(root, tmp_path / "elsewhere" / "moved")
    for place in (tmp_path / "copy", tmp_path / "elsewhere" / "moved"):
        opened.append(open_store(place, "e:1"))
        assert opened[-1].finished() == {RUN}
        assert opened[-1].load_artifact(RUN, "a") == 1
        assert opened[-1].check() == []
        put(opened[-1], OTHER)
    assert not any(str(root).encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


@pytest.mark.parametrize("said", [{"format": 1, "experiment_id": "f:2"}, {"format": 2, "experiment_id": "e:1"}])
def test_the_folder_of_another_experiment_or_format_is_refused(root: Path, said: dict[str, Any]) -> None:
    (root / "e_1" / "store.json").write_text(json.dumps(said))
    with pytest.raises(StoreError, match="choose another folder"):
        open_store(root, "e:1")


NO_MARKERS = ["", "{", "{}", "[1]", "null", '{"format": 1}', '{"format": 1, "experiment_id": 7}', "[" * 100_000]


@pytest.mark.parametrize("written", NO_MARKERS, ids=range(len(NO_MARKERS)))
def test_a_torn_marker_is_reported_and_written_anew_by_who_knows(root: Path, opened: list[Any], written: str) -> None:
    (root / "e_1" / "store.json").write_text(written)
    for asked, experiment_id in ((root, "e:1"), (root / "e_1", None), (root / "e_1", "e:1")):
        with pytest.raises(StoreError, match=r"store\.json cannot be read"):
            open_store(asked, experiment_id, create=False)
    reader = FileStore(root).experiment("e:1")
    assert [(Path(one.where).name, one.kind) for one in reader.check()] == [("store.json", "unreadable")]
    opened += [reader, open_store(root, "e:1")]
    assert "written anew" in str(opened[-1].set_aside[0])
    assert opened[-1].finished() == {RUN}
    assert FileStore(root).experiment_ids() == ["e:1"]


@pytest.mark.parametrize("written", NO_MARKERS, ids=range(len(NO_MARKERS)))
def test_a_folder_that_says_nothing_hides_no_other(
    root: Path, opened: list[Any], written: str, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "a tool").mkdir()
    (root / "a tool" / "store.json").write_text(written)
    (root / "file").touch()
    (root / "empty").mkdir()
    opened += [open_store(root, "e:1", create=False), open_store(root, None, create=False)]
    assert [record.run_id for record in FileStore(root).list_run_records()] == [RUN]
    assert len(caplog.records) == 2
    assert all(str(root / "a tool") in record.getMessage() for record in caplog.records)


def test_a_folder_that_may_not_be_read_hides_no_other(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "private").mkdir()
    refuse_to_read(monkeypatch, root / "private", errno.EACCES)
    assert FileStore(root).experiment_ids() == ["e:1"]
    assert [str(root / "private") in record.getMessage() for record in caplog.records] == [True]


def test_who_can_open_no_more_files_leaves_nothing_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_to_read(monkeypatch, root / "e_1", errno.EMFILE)
    with pytest.raises(StoreError, match=os.strerror(errno.EMFILE)):
        FileStore(root).experiment_ids()


def test_a_root_that_may_not_be_read_is_refused_clearly(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Any) -> Any:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(StoreError, match=os.strerror(errno.EACCES)):
        FileStore(root).experiment_ids()


def refuse_to_read(monkeypatch: pytest.MonkeyPatch, folder: Path, code: int) -> None:
    """Have the system refuse what is in a folder."""

    def read(name: str) -> bytes:
        if Path(name).parent == folder:
            raise OSError(code, os.strerror(code), name)
        return read_file(name)

    monkeypatch.setattr("pytest_optbench.engine.store.manifest.read_file", read)


def test_a_copy_beside_an_experiment_is_not_taken_for_it(
    root: Path, opened: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(root / "e_1", root / "e_1.bak")
    opened.append(open_store(root, "e:1"))
    put(opened[0], OTHER)
    for experiment_id in ("e:1", None):
        opened.append(open_store(root, experiment_id, create=False))
        assert list(opened[-1].run_ids()) == [RUN, OTHER]
    assert len(FileStore(root).list_run_records()) == 2
    assert {record.args[0] for record in caplog.records if record.args} == {root / "e_1.bak"}
    opened.append(open_store(root / "e_1.bak", "e:1", create=False))
    assert list(opened[-1].run_ids()) == [RUN]


def test_a_folder_that_was_renamed_stands_for_its_experiment(root: Path, opened: list[Any]) -> None:
    (root / "e_1").rename(root / "kept")
    opened.append(open_store(root, "e:1", create=False))
    assert opened[0].path == str(root / "kept")
    assert len(FileStore(root).list_run_records()) == 1


@pytest.mark.parametrize("locator", ["file://runs/x", "file://./runs", "file://host/runs"])
def test_a_locator_of_another_machine_is_refused(tmp_path: Path, locator: str) -> None:
    with pytest.raises(InvalidInputError, match="file:///abs/path"):
        FileStoreConfig(root=locator)
    with pytest.raises(InvalidInputError, match="file:///abs/path"):
        open_store(locator, "e:1")


def test_a_locator_may_name_this_machine(root: Path) -> None:
    assert FileStore(f"file://localhost{root}".replace(" ", "%20")).experiment_ids() == ["e:1"]


@pytest.mark.parametrize("create", [True, False])
def test_a_store_of_another_experiment_is_refused(root: Path, opened: list[Any], create: bool) -> None:
    scoped = FileStoreConfig(root=root, experiment_id="e:1")
    opened += [scoped.connect(), open_store(scoped, None, create=create), open_store(scoped, "e:1", create=create)]
    assert [store.experiment_id for store in opened] == ["e:1"] * 3
    for store in (scoped, opened[0]):
        with pytest.raises(InvalidInputError, match="'e:1', not 'f:2'"):
            open_store(store, "f:2", create=create)
    assert [one.name for one in root.iterdir()] == ["e_1"]


def test_a_file_in_place_of_the_folder_is_refused_clearly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file"):
        open_store(tmp_path / "file", "e:1")
    with pytest.raises(StoreError, match="no store"):
        FileStore(tmp_path / "file").experiment_ids()


def test_a_root_finds_and_deletes_a_run_of_any_experiment(root: Path, opened: list[Any]) -> None:
    opened.append(FileStore(root).experiment("F:2"))
    put(opened[0], OTHER, value="f")
    whole = FileStore(root)
    assert sorted(whole.experiment_ids()) == ["F:2", "e:1"]
    assert whole.get_run_record(OTHER).experiment_id == "F:2"
    assert [artifact.name for artifact in whole.list_artifacts(OTHER)] == ["a"]
    assert whole.check() == []
    whole.delete_run(OTHER)
    assert (whole.run_exists(OTHER), whole.run_exists(RUN)) == (False, True)
    with pytest.raises(UnknownRunError, match=OTHER):
        whole.load_artifact(OTHER, "a")
