"""The file store: publication whole, reading back, setting aside, deleting, opening."""

import os
import pickle
import shutil
from pathlib import Path

import pytest
from stored_runs import OTHER, RUN, put

from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import FileStore, FileStoreConfig, open_store
from pytest_optbench.errors import CorruptRecordError, InvalidInputError, OptbenchError, StoreError, UnknownRunError


@pytest.fixture(params=["process", "power"])
def store(tmp_path, request):
    store = FileStore(tmp_path / "r", durability=request.param).experiment("e:1")
    yield store
    store.close()


def test_a_success_replaces_a_failed_attempt_whole(store):
    put(store, status=Status.FAILED, value="old")
    assert store.finished() == set()
    assert not store.is_finished(RUN)
    put(store, value="new")
    assert store.finished() == {RUN}
    assert store.is_finished(RUN)
    assert store.load_artifact(RUN, "a") == "new"
    assert [one.name for one in Path(f"{store.path}/drafts").iterdir()] == []
    assert store.check() == []


def test_a_record_of_another_experiment_is_set_aside(store, tmp_path):
    put(store)
    foreign = FileStore(tmp_path / "r").experiment("e:2")
    shutil.copytree(f"{store.path}/runs", f"{foreign.path}/runs", dirs_exist_ok=True)
    assert foreign.finished() == set()
    assert [problem.kind for problem in foreign.set_aside] == ["set aside"]
    assert not foreign.run_exists(RUN)
    foreign.close()


def test_an_altered_artifact_is_reported_and_not_read(store):
    put(store)
    (file,) = (one.file for one in store.get_run_record(RUN).artifacts)
    with Path(f"{store.path}/runs/01/{RUN}/{file}").open("ab") as stream:
        stream.write(b" ")
    assert [problem.kind for problem in store.check()] == ["damaged"]
    with pytest.raises(CorruptRecordError, match="'a'"):
        store.load_artifact(RUN, "a")


def test_stray_and_missing_files_are_reported(store):
    put(store)
    place = f"{store.path}/runs/01/{RUN}"
    Path(f"{place}/a.json").rename(f"{place}/b.json")
    assert sorted(problem.kind for problem in store.check()) == ["damaged", "stray"]


def test_deleting(store):
    put(store)
    store.delete_run(RUN)
    assert not store.run_exists(RUN)
    with pytest.raises(UnknownRunError):
        store.delete_run(RUN)
    with pytest.raises(UnknownRunError):
        store.get_run_record(RUN)


def test_a_claimed_run_is_not_deleted(store):
    put(store)
    assert store.claim(RUN)
    with pytest.raises(StoreError, match=RUN):
        store.delete_run(RUN)


@pytest.mark.parametrize("run_id", ["../../x", "", "A" * 32, None, "0" * 31])
@pytest.mark.parametrize("call", ["get_run_record", "run_exists", "draft", "delete_run", "claim", "is_finished", "log"])
def test_what_is_no_run_id_never_becomes_a_path(store, call, run_id):
    with pytest.raises(OptbenchError):
        getattr(store, call)(run_id)


def test_the_spec_opens_the_same_store(store):
    put(store)
    other = pickle.loads(pickle.dumps(store.spec())).open()
    assert other.finished() == {RUN}
    other.close()


def test_a_root_lists_every_experiment(tmp_path):
    for experiment_id, run_id in (("e:1", RUN), ("f:2", OTHER)):
        with_runs = FileStoreConfig(root=tmp_path).scoped(experiment_id).connect()
        put(with_runs, run_id)
        with_runs.close()
    root = FileStoreConfig(root=tmp_path).connect()
    assert root.experiment_ids() == ["e:1", "f:2"]
    assert {record.run_id for record in root.list_run_records()} == {RUN, OTHER}
    assert root.load_artifact(OTHER, "a") == 1


@pytest.mark.parametrize("locator", ["mysql://host/db", "s3://bucket/runs", "S3://b/r", 3, None])
def test_other_stores_are_refused_clearly(locator, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInputError, match="folder"):
        open_store(locator, "e:1")
    with pytest.raises(InvalidInputError, match="folder"):
        FileStore(locator)
    assert [one.name for one in tmp_path.iterdir()] == []


def test_moving_the_store_changes_nothing(store, tmp_path):
    put(store)
    shutil.move(tmp_path / "r", tmp_path / "moved")
    moved = open_store(tmp_path / "moved", None, create=False)
    assert moved.load_artifact(RUN, "a") == 1
    moved.close()


def test_a_record_is_read_by_one_open_below_its_folder(store, monkeypatch):
    put(store)
    opened = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *more, **kwargs: opened.append(path) or real(path, *more, **kwargs))
    assert store.get_run_record(RUN).run_id == RUN
    assert [Path(path).name for path in opened] == [RUN, "record.json"]


def test_who_deletes_a_run_that_another_just_deleted_is_told_so(store, monkeypatch):
    put(store)
    claim = store.claim

    def claim_late(run_id):
        shutil.rmtree(f"{store.runs}/01/{RUN}")
        return claim(run_id)

    monkeypatch.setattr(store, "claim", claim_late)
    with pytest.raises(UnknownRunError, match=RUN):
        store.delete_run(RUN)
    monkeypatch.undo()
    put(store)
    assert store.finished() == {RUN}
