"""The store checks itself both ways and changes nothing; opening it sets aside what is unsound, and goes on."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from stored_runs import OTHER, RUN, put, record

from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import ExperimentStore, FileStore, Problem
from pytest_optbench.errors import CorruptRecordError, OptbenchError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ExperimentStore]:
    filled = FileStore(tmp_path / "root").experiment("e:1")
    assert filled.claim(RUN)
    draft = filled.draft(RUN)
    capture = Capture(draft)
    capture.log("line")
    capture.metric("loss", 1.0, step=0)
    capture.artifact("array", np.arange(5))
    filled.publish(draft, record(filled, RUN, **capture.close()))
    filled.release(RUN)
    put(filled, OTHER)
    yield filled
    filled.close()


def place(store: ExperimentStore, run_id: str = RUN) -> Path:
    return Path(f"{store.path}/runs/{run_id[:2]}/{run_id}")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def turn_into_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


HARMS: list[Callable[[Path], object]] = [flip, cut, grow, Path.unlink, turn_into_folder]


def test_a_sound_store_has_no_problem(store: ExperimentStore) -> None:
    assert store.check() == []
    assert FileStore(Path(store.path).parent).check() == []


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("file", ["record.json", "log.txt", "series.npz", "array.npy"])
def test_any_harm_to_any_file_is_found_where_it_is(
    store: ExperimentStore, file: str, harm: Callable[[Path], object]
) -> None:
    harm(place(store) / file)
    (problem,) = store.check()
    assert problem.where == str(place(store) / file)
    assert problem.kind == ("unreadable" if file == "record.json" else "damaged")
    assert problem.detail
    assert str(problem).startswith(problem.where)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("read", ["load_artifact", "series", "log"])
def test_what_is_harmed_is_never_read_as_if_it_were_sound(
    store: ExperimentStore, read: str, harm: Callable[[Path], object]
) -> None:
    harm(place(store) / {"load_artifact": "array.npy", "series": "series.npz", "log": "log.txt"}[read])
    with pytest.raises(CorruptRecordError, match=RUN):
        getattr(store, read)(RUN, *(["array"] if read == "load_artifact" else []))


def test_files_that_no_record_lists_are_found(store: ExperimentStore) -> None:
    (place(store) / "extra.txt").write_text("x")
    (place(store) / "deep").mkdir()
    (Path(store.path) / "notes.txt").write_text("x")
    (Path(store.path) / "runs" / "zz").mkdir()
    (Path(store.path) / "runs" / RUN[:2] / "not a run").mkdir()
    misplaced = Path(store.path) / "runs" / OTHER[:2] / RUN
    shutil.copytree(place(store), misplaced)
    assert {Path(problem.where) for problem in store.check() if problem.kind == "stray"} == {
        place(store) / "extra.txt",
        place(store) / "deep",
        Path(store.path) / "notes.txt",
        Path(store.path) / "runs" / "zz",
        Path(store.path) / "runs" / RUN[:2] / "not a run",
        misplaced,
    }


def test_a_marker_that_names_another_experiment_is_found(store: ExperimentStore) -> None:
    manifest = Path(store.path) / "store.json"
    manifest.write_text(json.dumps({"format": 1, "experiment_id": "f:2"}))
    assert [(problem.where, problem.kind) for problem in store.check()] == [(str(manifest), "foreign")]
    manifest.write_text("{")
    assert [problem.kind for problem in store.check()] == ["unreadable"]


def test_drafts_and_what_was_set_aside_are_no_problems(store: ExperimentStore) -> None:
    assert store.claim("1" * 32)
    store.draft("1" * 32).write("half", [b"x"])
    flip(place(store) / "record.json")
    assert store.finished() == {OTHER}
    assert store.check() == []


def test_checking_changes_nothing(store: ExperimentStore) -> None:
    flip(place(store) / "record.json")
    (Path(store.path) / "notes.txt").write_text("x")

    def state() -> list[tuple[Path, int]]:
        return sorted((path, path.stat().st_mtime_ns) for path in Path(store.path).rglob("*"))

    before = state()
    assert len(store.check()) == 2
    assert state() == before
    assert store.set_aside == []


def test_strange_things_below_runs_stay_unless_they_have_the_name_of_a_run(store: ExperimentStore) -> None:
    runs = Path(store.path) / "runs"
    (runs / "file").write_text("x")
    (runs / "zz").mkdir()
    (runs / RUN[:2] / "not a run").mkdir()
    (runs / RUN[:2] / ("x" * 200)).write_text("x")
    os.mkfifo(runs / RUN[:2] / ("0" * 32))
    shutil.copytree(place(store), runs / OTHER[:2] / RUN)
    assert store.finished() == {RUN, OTHER}
    assert [problem.kind for problem in store.set_aside] == ["set aside"] * 2
    assert len(list((Path(store.path) / "quarantine").iterdir())) == 2
    assert [problem.kind for problem in store.check()] == ["stray"] * 4
    assert (runs / "file").read_text() == "x"
    assert store.finished() == {RUN, OTHER}


def test_what_cannot_be_set_aside_is_told_and_done_again_all_the_same(
    store: ExperimentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip(place(store) / "record.json")
    rename = os.rename

    def refuse(source: str, target: str) -> None:
        if "quarantine" in target:
            raise PermissionError(13, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    assert store.finished() == {OTHER}
    assert [problem.kind for problem in store.set_aside] == ["unsound"]
    put(store, value="again")
    assert store.finished() == {RUN, OTHER}
    assert store.load_artifact(RUN, "a") == "again"


def test_a_run_that_somebody_is_writing_is_not_set_aside(store: ExperimentStore) -> None:
    flip(place(store) / "record.json")
    other = FileStore(Path(store.path).parent).experiment("e:1")
    assert other.claim(RUN)
    assert store.finished() == {OTHER}
    assert store.set_aside == []
    assert place(store).exists()
    other.close()


@pytest.mark.parametrize("status", [Status.RUNNING, Status.FAILED, Status.CANCELLED])
def test_a_sound_record_of_another_status_stays_and_is_no_success(store: ExperimentStore, status: Status) -> None:
    put(store, "2" * 32, status=status)
    assert store.finished() == {RUN, OTHER}
    assert store.run_exists("2" * 32)
    assert store.set_aside == []


def test_a_run_published_as_another_is_refused(store: ExperimentStore) -> None:
    assert store.claim("3" * 32)
    draft = store.draft("3" * 32)
    with pytest.raises(OptbenchError, match="3" * 32):
        store.publish(draft, record(store, "4" * 32))
    assert not store.run_exists("3" * 32)
    assert not store.run_exists("4" * 32)


def test_a_problem_is_one_line() -> None:
    assert str(Problem("/a/b", "stray", "nothing lists it")) == "/a/b: stray: nothing lists it"
