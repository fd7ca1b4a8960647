"""Durability: with "power", nothing counts as published before it is on the disk; else no time is spent on that."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stored_runs import OTHER, RUN, put

from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import ExperimentStore, FileStore, FileStoreConfig, folder, open_store
from pytest_optbench.errors import InvalidInputError, StoreError

Calls = list[tuple[str, str]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Every fsync and rename, in order, with the path that it was of."""
    seen: Calls = []
    fsync, rename = os.fsync, os.rename

    def noted_fsync(descriptor: int) -> None:
        seen.append(("sync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        fsync(descriptor)

    def noted_rename(source: Any, target: Any, **more: Any) -> None:
        seen.append(("rename", str(target)))
        rename(source, target, **more)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    return seen


@pytest.fixture
def whole_syncs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders whose file systems were synced, in order."""
    seen: list[str] = []
    monkeypatch.setattr(folder, "sync_file_system", seen.append)
    return seen


def power(root: Path) -> ExperimentStore:
    return FileStore(root, durability="power").experiment("e:1")


def test_everything_of_a_run_is_on_the_disk_before_it_is_published(tmp_path: Path, calls: Calls) -> None:
    store = power(tmp_path / "root")
    put(store)
    draft, shard = f"{store.path}/drafts/{RUN}", f"{store.path}/runs/{RUN[:2]}"
    published = calls.index(("rename", f"{shard}/{RUN}"))
    for path in (f"{draft}/a.json", f"{draft}/record.json", draft):
        assert ("sync", path) in calls[:published]
    assert ("sync", f"{store.path}/runs") in calls[:published]  # the new shard
    assert ("sync", shard) in calls[published:]
    store.close()


def test_the_folders_of_a_new_store_are_on_the_disk_before_it_is_used(tmp_path: Path, calls: Calls) -> None:
    store = power(tmp_path / "new" / "root")
    assert store.claim(RUN)
    synced = {path for kind, path in calls if kind == "sync"}
    assert {str(tmp_path), str(tmp_path / "new"), str(tmp_path / "new" / "root"), store.path} <= synced
    store.close()


def test_a_second_run_syncs_only_what_is_its_own(tmp_path: Path, calls: Calls) -> None:
    store = power(tmp_path)
    put(store)
    calls.clear()
    put(store, RUN[:-1] + "0")
    assert sum(kind == "sync" for kind, _ in calls) == 4  # artifact, record, draft, shard
    store.close()


def test_what_was_replaced_is_removed_once_the_new_run_is_on_the_disk(tmp_path: Path, calls: Calls) -> None:
    store = power(tmp_path)
    put(store, status=Status.FAILED)
    remove_tree, removed = folder.remove_tree, []

    def noted(path: str) -> None:
        removed.append(len(calls))
        remove_tree(path)

    with pytest.MonkeyPatch.context() as watched:
        watched.setattr(folder, "remove_tree", noted)
        calls.clear()
        put(store)
    assert calls[-1] == ("sync", f"{store.path}/runs/{RUN[:2]}")
    assert removed[-1] == len(calls)
    store.close()


def test_a_shard_that_was_read_before_is_synced_all_the_same(tmp_path: Path, calls: Calls) -> None:
    other = FileStore(tmp_path).experiment("e:1")
    put(other)
    store = power(tmp_path)
    assert store.run_exists(RUN)
    store.set_up()
    calls.clear()
    put(store, RUN[:-1] + "0")
    assert ("sync", f"{store.path}/runs") in calls
    for opened in (other, store):
        opened.close()


WAYS: dict[str, Callable[[ExperimentStore], object]] = {
    "all": ExperimentStore.finished,
    "among": lambda store: store.finished_among([RUN]),
    "one": lambda store: store.is_finished(RUN),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_others_published_is_on_the_disk_before_it_counts(
    tmp_path: Path, whole_syncs: list[str], way: str
) -> None:
    store = power(tmp_path)
    store.set_up()
    put(FileStore(tmp_path).experiment("e:1"))
    whole_syncs.clear()
    WAYS[way](store)
    assert whole_syncs[-1:] == [store.path]
    store.close()


def test_a_folder_that_others_made_is_on_the_disk_before_it_is_used(tmp_path: Path, whole_syncs: list[str]) -> None:
    FileStore(tmp_path).experiment("e:1").set_up()
    assert whole_syncs == []
    store = power(tmp_path)
    assert store.claim(RUN)
    assert whole_syncs == [store.path]
    store.close()


def test_a_run_that_is_not_finished_costs_no_sync(tmp_path: Path, whole_syncs: list[str]) -> None:
    store = power(tmp_path)
    store.set_up()
    whole_syncs.clear()
    assert not store.is_finished(RUN)
    assert whole_syncs == []


def test_syncing_a_file_system_works_here_and_without_the_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.sync_file_system(str(tmp_path))
    called: list[int] = []
    monkeypatch.setattr(folder, "_c_function", lambda name: None)
    monkeypatch.setattr(os, "sync", lambda: called.append(1))
    folder.sync_file_system(str(tmp_path))
    assert called == [1]
    monkeypatch.setattr(folder, "_c_function", lambda name: lambda descriptor: -1)
    with pytest.raises(OSError, match=str(tmp_path)):
        folder.sync_file_system(str(tmp_path))


def test_what_is_next_to_runs_is_on_the_disk_too(tmp_path: Path, calls: Calls) -> None:
    store = power(tmp_path)
    put(store)
    calls.clear()
    store.put_derived(RUN, {"twice": 2})
    store.put_experiment_manifest("e:1", {"tags": []})
    synced = [path for kind, path in calls if kind == "sync"]
    assert f"{store.path}/derived/{RUN[:2]}" in synced
    assert synced[-1] == store.path
    store.close()


def test_by_default_nothing_waits_for_the_disk(tmp_path: Path, calls: Calls) -> None:
    store = FileStore(tmp_path).experiment("e:1")
    put(store)
    put(store, status=Status.FAILED)
    put(store, OTHER)
    assert [kind for kind, _ in calls if kind == "sync"] == []
    store.close()


def test_a_sync_that_fails_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = power(tmp_path)
    put(store)

    def refuse(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreError, match="Input/output error"):
        put(store, OTHER)
    assert not store.run_exists(OTHER)
    assert store.run_exists(RUN)
    store.close()


def test_the_choice_reaches_every_way_to_open_the_store(tmp_path: Path) -> None:
    config = FileStoreConfig(root=tmp_path, durability="power")
    opened = [config.scoped("e:1").connect(), open_store(config, "e:1"), power(tmp_path).spec().open()]
    assert [store.durability for store in opened if isinstance(store, ExperimentStore)] == ["power"] * 3
    for store in opened:
        assert isinstance(store, ExperimentStore)
        store.close()


def test_an_unknown_durability_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="'process' or 'power'"):
        FileStore(tmp_path, durability="much").experiment("e:1")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
