"""A store is data from elsewhere: no link in it leads out of it, and nothing in it blocks a reader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from stored_runs import OTHER, RUN, put

from pytest_optbench.engine.store import ExperimentStore, FileStore, folder
from pytest_optbench.errors import CorruptRecordError, StoreError

SECRET = "what lies outside"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ExperimentStore]:
    with_run = FileStore(tmp_path / "root").experiment("e:1")
    put(with_run, value=SECRET)
    yield with_run
    with_run.close()


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "outside"
    place.mkdir()
    return place


def run_folder(store: ExperimentStore) -> Path:
    return Path(f"{store.path}/runs/{RUN[:2]}/{RUN}")


def swap_for_link(path: Path, outside: Path) -> None:
    """Move `path` out of the store and leave a link to it."""
    path.rename(outside / path.name)
    path.symlink_to(outside / path.name)


@pytest.mark.parametrize("file", ["record.json", "a.json"])
def test_a_file_that_is_a_link_is_not_read(store: ExperimentStore, outside: Path, file: str) -> None:
    swap_for_link(run_folder(store) / file, outside)
    with pytest.raises(CorruptRecordError):
        store.load_artifact(RUN, "a")
    with pytest.raises(CorruptRecordError):
        store.open_artifact(RUN, "a")
    assert [Path(problem.where).name for problem in store.check()] == [file]


def test_a_run_that_is_a_link_is_no_run(store: ExperimentStore, outside: Path) -> None:
    swap_for_link(run_folder(store), outside)
    assert not store.run_exists(RUN)
    with pytest.raises(CorruptRecordError):
        store.get_run_record(RUN)
    assert [problem.where for problem in store.check()] == [str(run_folder(store))]
    assert store.finished() == set()
    assert [problem.kind for problem in store.set_aside] == ["set aside"]
    assert (outside / RUN / "record.json").exists()  # what it led to is left alone
    put(store, value="anew")
    assert store.load_artifact(RUN, "a") == "anew"


def test_a_shard_that_is_a_link_is_refused_and_set_aside(store: ExperimentStore, outside: Path) -> None:
    swap_for_link(run_folder(store).parent, outside)
    reader = FileStore(Path(store.path).parent).experiment("e:1")
    with pytest.raises(StoreError, match="link"):
        reader.get_run_record(RUN)
    assert list(reader.run_ids()) == []
    assert reader.finished() == set()
    assert [problem.kind for problem in reader.set_aside] == ["set aside"]
    reader.close()


@pytest.mark.parametrize("part", ["runs", "drafts", "store.json", "claims.lock"])
def test_a_part_that_is_a_link_is_refused_at_once(store: ExperimentStore, outside: Path, part: str) -> None:
    swap_for_link(Path(store.path) / part, outside)
    with pytest.raises(StoreError, match="link"):
        FileStore(Path(store.path).parent).experiment("e:1")


def test_deleting_and_replacing_follow_no_link(store: ExperimentStore, outside: Path) -> None:
    (outside / "precious").write_text("p")
    (run_folder(store) / "out").symlink_to(outside)
    store.delete_run(RUN)
    put(store)
    (run_folder(store) / "out").symlink_to(outside)
    put(store)
    assert (outside / "precious").read_text() == "p"


@pytest.mark.parametrize("file", ["record.json", "a.json"])
def test_a_pipe_in_place_of_a_file_blocks_nobody(store: ExperimentStore, file: str) -> None:
    (run_folder(store) / file).unlink()
    os.mkfifo(run_folder(store) / file)
    with pytest.raises(CorruptRecordError):
        store.load_artifact(RUN, "a")
    assert [Path(problem.where).name for problem in store.check()] == [file]


def test_an_experiment_on_another_disk_may_be_linked_into_the_root(store: ExperimentStore, outside: Path) -> None:
    swap_for_link(Path(store.path), outside)
    linked = FileStore(Path(store.path).parent)
    assert linked.experiment_ids() == ["e:1"]
    assert linked.load_artifact(RUN, "a") == SECRET
    part = linked.experiment("e:1")
    put(part, OTHER)
    assert part.finished() == {RUN, OTHER}
    part.close()


def test_a_record_is_not_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "record.json").write_bytes(b"x")
    (tmp_path / "folder").symlink_to("there")
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "record.json").symlink_to("../there/record.json")
    assert folder.read_below(str(tmp_path / "there"), "record.json") == b"x"
    for linked in ("folder", "file"):
        with pytest.raises(OSError, match=r"folder|record"):
            folder.read_below(str(tmp_path / linked), "record.json")
