"""Folders that somebody else wrote: recognised by what is in them, refused by name, and left as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment, noop
from stored_runs import RUN, contents, put

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import ExperimentStore, FileStore, FileStoreConfig, open_store
from pytest_optbench.errors import InvalidInputError, StoreError

SWEEP = experiment(noop, 3)
ID = SWEEP.experiment_id
FOLDER = ID.replace(":", "_")
RUN_ID = "0338c9d6e80bf650"


def written(place: Path, files: dict[str, Any]) -> None:
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))


def a_record(status: str = "success") -> dict[str, Any]:
    return {"_schema_version": "0.1", "experiment_id": ID, "run_id": RUN_ID, "status": status, "metrics": {"loss": 1.0}}


def files_of_metalab(**meta: str) -> dict[str, Any]:
    return {
        "_meta.json": {"created_by": "metalab", "schema_version": "0.1", **meta},
        f"runs/{RUN_ID}.json": a_record(),
        f".locks/{RUN_ID}.lock": "",
        f"logs/{RUN_ID}_run.log": "a line\n",
    }


def first(root: Path) -> None:
    written(root, files_of_metalab())


def handle(root: Path) -> None:
    written(root / FOLDER, files_of_metalab(experiment_id=ID))
    written(root / FOLDER, {f"experiments/{FOLDER}_20260101_000000.json": {"experiment_id": ID, "run_ids": [RUN_ID]}})


def another_experiment(root: Path) -> None:
    written(root / "other_2", files_of_metalab(experiment_id="other:2"))


def records_only(root: Path) -> None:
    written(root / FOLDER, {f"runs/{RUN_ID}.json": a_record("failed")})


def manifest_only(root: Path) -> None:
    written(root / FOLDER, {f"experiments/{FOLDER}_1.json": {"experiment_id": ID, "run_ids": [RUN_ID], "params": {}}})


def empty(root: Path) -> None:
    written(root / FOLDER, {"_meta.json": {"created_by": "metalab", "schema_version": "9"}})
    (root / FOLDER / "runs").mkdir()


def in_a_store_of_ours(root: Path) -> None:
    store = FileStore(root).experiment(ID)
    put(store)
    store.close()
    written(root / FOLDER, files_of_metalab(experiment_id=ID))


def later(root: Path) -> None:
    written(root / FOLDER, {"store.json": {"format": 2, "experiment_id": ID}, f"runs/{RUN}.sqlite": "3"})


def later_of_another_form(root: Path) -> None:
    written(root / FOLDER, {"store.json": {"format": 3, "experiments": [ID]}, "shards/0.db": "3"})


METALABS = [first, handle, another_experiment, records_only, manifest_only, empty, in_a_store_of_ours]
LATER = [later, later_of_another_form]
USES: dict[str, Callable[[Path], Any]] = {
    "run": lambda root: metalab.run(SWEEP, store=root).result(),
    "run in processes": lambda root: metalab.run(SWEEP, store=root, executor=metalab.ProcessExecutor(1)).result(),
    "run anew": lambda root: metalab.run(SWEEP, store=root, resume=False).result(),
    "list": lambda root: FileStore(root).list_run_records(),
    "experiments": lambda root: FileStore(root).experiment_ids(),
    "check": lambda root: FileStore(root).check(),
    "delete": lambda root: FileStore(root).delete_run(RUN),
    "connect": lambda root: FileStoreConfig(root, ID).connect().check(),
    "connect to all": lambda root: FileStoreConfig(root).connect().check(),
    "open": lambda root: open_store(root, ID, create=True),
    "claim": lambda root: FileStore(root).experiment(ID).claim(RUN),
}


READS: dict[str, Callable[[Path], Any]] = {
    "load results": lambda root: metalab.load_results(root),
    "load results of one": lambda root: metalab.load_results(root, ID),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("make", [*METALABS, *LATER], ids=lambda make: make.__name__)
def test_the_store_of_another_runner_is_named_and_left_as_it_is(tmp_path: Path, make: Any, use: Any) -> None:
    root = tmp_path / "a store"
    make(root)
    before = contents(tmp_path)
    with pytest.raises(StoreError, match="metalab" if make in METALABS else "later version") as refused:
        use(root)
    assert "choose another folder" in str(refused.value)
    assert str(root) in str(refused.value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("use", READS.values(), ids=READS)
@pytest.mark.parametrize("make", LATER, ids=lambda make: make.__name__)
def test_the_results_of_a_later_version_are_named_and_left_as_they_are(tmp_path: Path, make: Any, use: Any) -> None:
    make(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(StoreError, match="later version"):
        use(tmp_path)
    assert contents(tmp_path) == before


def test_the_records_of_ours_next_to_those_of_another_runner_are_listed(tmp_path: Path, caplog: Any) -> None:
    metalab.run(SWEEP, store=tmp_path).result()
    another_experiment(tmp_path)
    assert len(FileStore(tmp_path).list_run_records()) == 3
    assert [str(tmp_path / "other_2") in record.getMessage() for record in caplog.records] == [True]
    before = contents(tmp_path / "other_2")
    assert len(metalab.run(SWEEP, store=tmp_path).result()) == 3
    assert contents(tmp_path / "other_2") == before


FILES_OF_A_PERSON: list[dict[str, Any]] = [
    {"readme.md": "mine"},
    {"runs/notes.txt": "mine"},
    {"runs/monday/log.json": {"run_id": 1}},
    {"store.json": {"name": "a shop"}},
    {"store.json": "{"},
    {"_meta.json": {"title": "a page"}},
    {"drafts/letter.txt": "mine", "readme.md": ""},
]


@pytest.mark.parametrize("files", FILES_OF_A_PERSON, ids=lambda files: next(iter(files)))
def test_no_experiment_moves_into_a_folder_of_a_person(tmp_path: Path, files: dict[str, Any]) -> None:
    written(tmp_path / FOLDER, files)
    before = contents(tmp_path)
    for use in ("run", "claim"):
        with pytest.raises(StoreError, match="is no store and holds"):
            USES[use](tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("files", FILES_OF_A_PERSON, ids=lambda files: next(iter(files)))
def test_an_experiment_beside_the_files_of_a_person_leaves_them_alone(tmp_path: Path, files: dict[str, Any]) -> None:
    written(tmp_path, files)
    before = contents(tmp_path)
    for _ in range(2):
        assert len(metalab.run(SWEEP, store=tmp_path).result()) == 3
    after = contents(tmp_path)
    assert {name: after[name] for name in before if name != str(tmp_path)} == {
        name: told for name, told in before.items() if name != str(tmp_path)
    }
    assert {path.name for path in tmp_path.iterdir()} == {name.split("/")[0] for name in files} | {FOLDER}


@pytest.mark.parametrize("left", [["runs"], ["drafts", "runs"], ["claims.lock", "drafts", "runs"], []])
def test_a_store_whose_making_was_cut_short_is_made_to_its_end(tmp_path: Path, left: list[str]) -> None:
    (tmp_path / FOLDER).mkdir()
    for name in left:
        (tmp_path / FOLDER / name).touch() if "." in name else (tmp_path / FOLDER / name).mkdir()
    assert len(metalab.run(SWEEP, store=tmp_path).result()) == 3


NO_FOLDERS: list[Any] = [
    *(
        "discover",
        " Discover ",
        "s3://bucket/runs",
        "redis://host/name",
        "mysql+pymysql://h/n",
        "http://host/x",
    ),
    *("mysql://host/name", "sqlite:runs.db", "odd.scheme://x", "file:runs", "file://runs/x"),
    *(Path("s3://bucket/runs"), Path("sqlite:///x"), "", " ", "a\0b", 123, b"runs", None, ["runs"], 1.5),
]


@pytest.mark.parametrize("named", NO_FOLDERS, ids=repr)
def test_what_names_no_folder_is_refused_and_makes_none(tmp_path: Path, named: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    uses = [lambda: metalab.load_results(named), lambda: FileStore(named), lambda: open_store(named, ID)]
    if named is not None:  # which run takes for its default
        uses.append(lambda: metalab.run(SWEEP, store=named))
    for use in uses:
        with pytest.raises(InvalidInputError, match="store"):
            use()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("named", ["a:b", "C:\\runs", "C:/runs", "mine:1/runs", "./discover", "discover/x", "./s3:/x"])
def test_names_with_a_colon_are_folders(tmp_path: Path, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(metalab.run(SWEEP, store=named).result()) == 3
    assert (tmp_path / named / FOLDER / "store.json").exists()
    assert len(metalab.load_results(tmp_path / named)) == 3


@pytest.mark.parametrize("form", ["file:{}", "file://{}", "FILE://localhost{}"])
def test_a_file_locator_is_its_path(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_store(form.format(tmp_path), ID), ExperimentStore)
    assert [one.name for one in tmp_path.iterdir()] == [FOLDER]
