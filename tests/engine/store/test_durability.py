"""Durability: with "power", nothing counts as published before it is on the disk; else no time is spent on that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from stored_runs import OTHER, RUN, put

from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import ExperimentStore, FileStore, FileStoreConfig, open_store
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
