"""Stores in databases: what a run holds comes back, nobody executes a run twice, and damage is reported."""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sharing
from sample_operations import witnessed
from sql_stores import EXPERIMENT, new_database, opened
from sqlalchemy import update
from stored_runs import OTHER, RUN, put, record

import pytest_optbench.engine as metalab
from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store.sql.commits import Publication
from pytest_optbench.engine.store.sql.draft import IN_MEMORY, LARGE
from pytest_optbench.engine.store.sql.tables import RUNS, SCHEMA
from pytest_optbench.errors import CorruptRecordError, InvalidInputError, StoreError, UnknownRunError

KINDS = ("sqlite", "postgresql")
BIG = np.arange(LARGE, dtype=np.int8)
HOLD = """
import sys
from sql_stores import opened
store = opened(sys.argv[1])
assert store.claim(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=KINDS)
def locator(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return new_database(request.param, tmp_path, request)


@pytest.fixture
def store(locator: str) -> Iterator[Any]:
    found = opened(locator)
    yield found
    found.close()


def put_all(store: Any, run_id: str, artifacts: dict[str, Any], status: Status = Status.SUCCESS) -> None:
    assert store.claim(run_id)
    draft = store.draft(run_id)
    capture = Capture(draft)
    for name, value in artifacts.items():
        capture.artifact(name, value)
    store.publish(draft, record(store, run_id, status, **capture.close()))
    store.release(run_id)


def alter(store: Any, **values: Any) -> None:
    store.database.write("alter", lambda connection: connection.execute(update(RUNS).values(**values)))


def started(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)])}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def large_hashes(store: Any) -> set[str]:
    large_files = store.large_files
    return store.database.read("list", lambda connection: set(large_files.hashes(connection)))


def test_small_and_large_files_come_back(store: Any) -> None:
    artifacts = {"small": {"x": (1, None)}, "large": BIG, "same": BIG, "text": "caf\u00e9", "empty": b""}
    put_all(store, RUN, artifacts)
    assert store.get_run_record(RUN).status is Status.SUCCESS
    for name, value in artifacts.items():
        np.testing.assert_array_equal(store.load_artifact(RUN, name), value)
    assert len(large_hashes(store)) == 1  # of two equal ones
    assert store.check() == []


def test_many_small_files_of_one_run_do_not_wait_in_memory(store: Any) -> None:
    piece = bytes(LARGE)
    assert store.claim(RUN)
    draft = store.draft(RUN)
    listed = [draft.write(f"{number}.bin", (piece,)) for number in range(IN_MEMORY // LARGE + 3)]
    assert draft.in_memory <= IN_MEMORY
    assert len(draft.large) == 3
    store.publish(draft, record(store, RUN, files=tuple(listed)))
    assert store.check() == []


def test_large_files_go_with_the_last_run_that_has_them(store: Any) -> None:
    put_all(store, RUN, {"large": BIG})
    put_all(store, OTHER, {"large": BIG})
    store.delete_run(RUN)
    np.testing.assert_array_equal(store.load_artifact(OTHER, "large"), BIG)
    put_all(store, OTHER, {"large": BIG[::-1].copy()})
    assert store.finished() == {OTHER}
    assert len(large_hashes(store)) == 1  # that of the attempt before is gone
    store.delete_run(OTHER)
    assert large_hashes(store) == set()
    with pytest.raises(UnknownRunError):
        store.delete_run(OTHER)


def test_a_draft_that_is_dropped_leaves_nothing(store: Any, tmp_path: Path) -> None:
    assert store.claim(RUN)
    draft = store.draft(RUN)
    Capture(draft).artifact("large", BIG)
    store.discard(draft)
    store.release(RUN)
    assert list(store.run_ids()) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size >= LARGE] == []


def test_what_a_killed_process_was_writing_is_cleared_away(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    locator = new_database("sqlite", tmp_path, request)
    with started(
        f"{HOLD.partition('print')[0]}d = store.draft(sys.argv[2]); d.write('x', [bytes({LARGE + 1})])\n"
        "print('held', flush=True); sys.stdin.read()",
        *(locator, RUN),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        drafts = tmp_path / "a store" / "runs.db.files" / "drafts"
        store = opened(locator)
        store.finished()
        assert len(list(drafts.iterdir())) == 1  # its owner lives
        process.send_signal(signal.SIGKILL)
        process.wait()
    store.finished()
    assert list(drafts.iterdir()) == []
    store.close()


def test_a_claim_ends_with_its_process(locator: str, store: Any) -> None:
    with started(HOLD, locator, RUN) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert not store.claim(RUN)
        process.send_signal(signal.SIGKILL)
        process.wait()
    for _ in range(200):
        if store.claim(RUN):
            break
        threading.Event().wait(0.05)  # until the server notices
    assert store.claims.is_held(RUN)
    store.release(RUN)


def test_a_claim_is_given_once_and_back(locator: str, store: Any) -> None:
    other = opened(locator)
    assert store.claim(RUN)
    assert not store.claim(RUN)
    assert not other.claim(RUN)
    assert other.claim(OTHER)
    store.release(RUN)
    assert other.claim(RUN)
    other.close()
    assert store.claim(RUN)
    with pytest.raises(InvalidInputError, match="not claimed"):
        store.draft(OTHER)


def test_processes_share_a_store(locator: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)])}
    command = [sys.executable, sharing.__file__, locator, str(tmp_path / "witness"), "2"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, env=environment, **pipes) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    counts = [json.loads(process.communicate(timeout=120)[0].splitlines()[-1]) for process in processes]
    assert sum(one["completed"] for one in counts) == sharing.RUNS
    assert all(one["completed"] + one["skipped"] == one["seen"] == sharing.RUNS for one in counts)
    assert sorted(map(int, witnessed(tmp_path / "witness"))) == list(range(sharing.RUNS))
    assert opened(locator, "shared:1").check() == []


def test_an_altered_row_is_reported(store: Any) -> None:
    put(store)
    alter(store, metrics='{"a":1}')
    with pytest.raises(CorruptRecordError, match="checksum"):
        store.get_run_record(RUN)
    assert list(store.records()) == []
    assert [(problem.kind, RUN in problem.where) for problem in (*store.set_aside, *store.check())] == [
        ("unreadable", True)
    ] * 2


def test_altered_content_is_reported(store: Any) -> None:
    put(store)
    alter(store, content=b"2")
    with pytest.raises(CorruptRecordError, match="hash differs"):
        store.load_artifact(RUN, "a")
    assert [problem.kind for problem in store.check()] == ["damaged"]
    alter(store, content=b"12")
    assert [problem.kind for problem in store.check()] == ["stray"]


def test_a_damaged_success_is_done_again_where_that_is_asked_for(store: Any) -> None:
    put(store)
    assert store.verify(RUN) is None
    alter(store, content=b"2")
    assert store.claim(RUN)
    assert "hash differs" in store.verify(RUN)
    store.release(RUN)
    assert (store.finished(), [problem.kind for problem in store.set_aside]) == (set(), ["removed"])


def test_a_large_file_that_cannot_be_read_is_no_proof_of_damage(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put_all(store, RUN, {"big": BIG})

    def refuse(sha256: str) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(store.large_files, "open", refuse)
    assert store.claim(RUN)
    with pytest.raises(StoreError, match="cannot be opened: Input/output error"):
        store.verify(RUN)
    assert store.is_finished(RUN)
    assert [problem.kind for problem in store.check()] == ["unreadable"]


def test_a_failure_is_done_again_and_an_earlier_attempt_leaves_nothing(store: Any) -> None:
    put(store, status=Status.FAILED)
    store.put_derived(RUN, {"d": 1})
    assert (store.finished(), store.is_finished(RUN), store.get_derived(RUN)) == (set(), False, {"d": 1})
    put(store, value=2)
    assert (store.finished(), store.is_finished(RUN), store.get_derived(RUN)) == ({RUN}, True, None)
    assert store.load_artifact(RUN, "a") == 2
    assert (store.holds_more_than(0), store.holds_more_than(1)) == (True, False)
    assert store.finished_among([OTHER, RUN]) == {RUN}


def test_names_that_no_text_column_takes(locator: str) -> None:
    names = ["nul\0:1", "half\ud800:1", "caf\u00e9:1", "back\\slash:1"]
    for name in names:
        store = opened(locator, name)
        put(store)
        assert store.get_run_record(RUN).experiment_id == name
        store.close()
    assert opened(locator, names[0]).config.scoped(names[0]).scope == names[0]
    assert metalab.SqlStoreConfig(locator).list_experiments() == sorted(names)
    assert len(metalab.load_results(locator)) == len(names)


def test_tables_of_a_later_version_are_refused(locator: str, store: Any) -> None:
    put(store)
    store.database.write("alter", lambda connection: connection.execute(update(SCHEMA).values(version=99)))
    with pytest.raises(StoreError, match="later version"):
        opened(locator).set_up()
    with pytest.raises(StoreError, match="later version"):
        metalab.load_results(locator)


def test_threads_that_wait_are_committed_together(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [f"{number:032x}" for number in range(8)]
    put(store)
    sizes, first, rest = [], threading.Event(), threading.Event()
    write = store._commits._write

    def slowly(batch: list[Publication]) -> None:
        sizes.append(len(batch))
        if len(sizes) == 1:
            first.set()
            rest.wait(30)
        write(batch)

    monkeypatch.setattr(store._commits, "_write", slowly)
    threads = [threading.Thread(target=put, args=(store, run_id)) for run_id in ids]
    threads[0].start()
    first.wait(30)
    for thread in threads[1:]:
        thread.start()
    while len(store._commits._waiting) < len(ids) - 1:
        threading.Event().wait(0.01)
    rest.set()
    for thread in threads:
        thread.join(30)
    assert sizes == [1, len(ids) - 1]
    assert store.finished() == {RUN, *ids}


def test_of_runs_that_are_committed_together_one_may_fail_alone(store: Any) -> None:
    put(store)
    publications = []
    for run_id in (OTHER, "a" * 32):
        assert store.claim(run_id)
        publications.append(store._publication(store.draft(run_id), record(store, run_id)))
    publications[0].row["status"] = None  # which no row may have
    store._commits._commit_batch(publications)
    assert [publication.is_over for publication in publications] == [True, True]
    assert isinstance(publications[0].error, StoreError)
    assert publications[1].error is None
    assert store.finished() == {RUN, "a" * 32}


def test_the_file_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program, with a table 'mine'"):
        opened(f"sqlite:///{path}").set_up()
    assert path.read_bytes()[100:] == before[100:]
    path.write_text("no database at all, but long enough to look like one" * 10)
    with pytest.raises(StoreError, match="not a database"):
        opened(f"sqlite:///{path}").set_up()


def test_a_missing_file_is_not_made_by_reading(tmp_path: Path) -> None:
    locator = f"sqlite:///{tmp_path}/none.db"
    with pytest.raises(StoreError, match="there is no store"):
        metalab.load_results(locator)
    with pytest.raises(StoreError, match="there is no store"):
        metalab.load_results(locator, "x:1")
    assert list(tmp_path.iterdir()) == []


@metalab.operation
def forking(params: Any, capture: Any) -> None:
    """End a child that the operation forked, and capture something after it."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    capture.metric("ended", os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_disturbs_nothing(locator: str) -> None:
    cases = metalab.grid(x=range(5))
    sweep = metalab.Experiment("forks", "1", {}, forking, cases, metalab.seeds())
    results = metalab.run(sweep, store=locator, executor=metalab.ThreadExecutor(2)).result(60)
    assert [run.metrics["ended"] for run in results] == [0] * 5
    assert opened(locator, "forks:1").check() == []


@metalab.operation
def large(capture: Any) -> None:
    """Capture a large artifact."""
    capture.artifact("large", BIG)


def test_large_files_of_databases_in_one_folder_are_kept_apart(locator: str, tmp_path: Path) -> None:
    sweep = metalab.Experiment("large", "1", {}, large, metalab.grid(x=[1]), metalab.seeds())
    roots = tmp_path / "big files"
    for store in (locator, f"sqlite:///{tmp_path}/second.db"):
        (run,) = metalab.run(sweep, store=store, file_root=roots).result(60)
        np.testing.assert_array_equal(run.artifact("large"), BIG)
    found = [path for path in roots.rglob("*") if path.is_file()]
    assert len({path.name for path in found}) == 1
    assert len(found) == 2
    run.store.delete_run(run.run_id)
    assert [path.exists() for path in found].count(True) == 1


def test_schemas_are_places_of_their_own(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    locator = new_database("postgresql", tmp_path, request)
    stores = [opened(f"{locator}?schema={schema}") for schema in ("one", "t%22w%25o")]
    put(stores[0])
    put(stores[1], OTHER)
    put(stores[1], RUN, Status.FAILED)
    assert [store.finished() for store in (*stores, opened(locator))] == [{RUN}, {OTHER}, set()]


def test_experiment_ids_are_scopes(locator: str) -> None:
    config = metalab.SqlStoreConfig(locator, EXPERIMENT)
    assert metalab.StoreConfig.from_dict(config.to_dict()) == config
    with pytest.raises(InvalidInputError, match="open another"):
        config.scoped("other:1")
    with pytest.raises(InvalidInputError, match="alone"):
        config.list_experiments()
