"""Scanning: what a resume finds is the same however many processes look for it, and whatever becomes of them."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stored_runs import put

import pytest_optbench.engine as metalab
from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import ExperimentStore, FileStore, folder, parallel_scan
from pytest_optbench.engine.store import record_scan as script
from pytest_optbench.engine.store.record_scan import RecordScanner
from pytest_optbench.errors import StoreError, SweepError


@metalab.operation
def return_params(params):
    return params


SHARDS = 12
SECONDS = 60.0  # against a hang
SOUND = {f"{number % SHARDS:02x}{number:030x}" for number in range(60)}
FAILED, CUT, MISPLACED = "00" + "a" * 30, "01" + "b" * 30, "03" + "c" * 30


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ExperimentStore]:
    """Sixty sound runs in twelve shards, and beside them whatever is none."""
    with_runs = FileStore(tmp_path / "root").experiment("e:1")
    for run_id in sorted(SOUND | {CUT, MISPLACED}):
        put(with_runs, run_id)
    put(with_runs, FAILED, Status.FAILED)
    runs = Path(with_runs.runs)
    record = runs / "01" / CUT / "record.json"
    record.write_bytes(record.read_bytes()[:-9])
    (runs / "03" / MISPLACED).rename(runs / "04" / MISPLACED)
    (runs / "05" / os.fsdecode(b"no text \xff")).mkdir()
    (runs / "5d").write_text("no folder")
    (runs / "stray").mkdir()
    yield with_runs
    with_runs.close()


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of four cores where one run is worth a helper, and no other thread."""
    monkeypatch.setattr(parallel_scan, "WORTH_A_HELPER", 1)
    monkeypatch.setattr(parallel_scan, "_cores", lambda: 4)
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # xdist has some


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process leaves all shards to helpers."""
    monkeypatch.setattr(parallel_scan, "shards_in", lambda queue: iter(()))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The helpers that were started."""
    helpers = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[call-overload]
            helpers.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return helpers


def use_script(monkeypatch: pytest.MonkeyPatch, path: Path, text: str) -> None:
    """Have helpers execute another script."""
    path.write_text(textwrap.dedent(text))
    monkeypatch.setattr(script, "__file__", str(path))


@pytest.fixture
def hanging(helped: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Helpers do nothing for longer than anybody should wait."""
    use_script(monkeypatch, tmp_path / "hanging.py", "import time\ntime.sleep(20)\n")


def set_aside(store: ExperimentStore) -> set[str]:
    return {Path(problem.where).name for problem in store.set_aside}


UNSOUND = {CUT, MISPLACED, "5d"}  # "stray" and "no text" are nobody's runs, and stay


def test_one_process_finds_the_sound_runs_and_sets_aside_what_is_none(store: ExperimentStore) -> None:
    assert store.finished() == SOUND
    assert set_aside(store) == UNSOUND
    assert store.get_run_record(FAILED).status is Status.FAILED


def test_helpers_find_the_same(
    store: ExperimentStore,
    helped: None,
    left: None,
    started: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here: list[str] = []
    scan = RecordScanner.scan
    monkeypatch.setattr(RecordScanner, "scan", lambda scanner, shard: here.append(shard) or scan(scanner, shard))
    assert store.finished() == SOUND
    assert set_aside(store) == UNSOUND
    assert [helper.returncode for helper in started] == [0, 0, 0]
    assert here == ["5d"], "what a helper cannot read at all, and nothing else"


def test_helpers_and_this_process_share_the_work(store: ExperimentStore, helped: None) -> None:
    assert store.finished() == SOUND
    assert set_aside(store) == UNSOUND


@pytest.mark.parametrize(
    "ending",
    ["sys.exit(1)", "os.kill(os.getpid(), 9)", "print('[]')", "os._exit(0)", "print('[[\"00\", [')"],
    ids=["error", "killed", "nothing found", "nothing said", "half said"],
)
def test_what_a_helper_took_and_did_not_do_is_done_here(
    store: ExperimentStore, helped: None, left: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: str
) -> None:
    use_script(monkeypatch, tmp_path / "dying.py", f"import os, sys\nos.read(0, 6)\n{ending}\n")
    assert store.finished() == SOUND
    assert set_aside(store) == UNSOUND


def test_a_shard_that_a_helper_cannot_read_is_read_here(
    store: ExperimentStore, helped: None, left: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = """
        import json, os
        shards = iter(lambda: os.read(0, 2).decode(), "")
        print(json.dumps([[shard, [], [["", shard]]] for shard in shards]))
    """
    use_script(monkeypatch, tmp_path / "blind.py", text)
    assert store.finished() == SOUND
    assert set_aside(store) == UNSOUND


def test_a_helper_that_hangs_is_not_waited_for_for_ever(
    store: ExperimentStore, hanging: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel_scan, "HELPER_TIMEOUT", 0.1)
    assert store.finished() == SOUND


@pytest.mark.parametrize("interpreter", [None, "", "/nowhere/python", "/opt/application"])
def test_without_an_interpreter_to_start_it_goes_on_alone(
    store: ExperimentStore, helped: None, monkeypatch: pytest.MonkeyPatch, interpreter: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", interpreter)
    assert store.finished() == SOUND


def test_a_program_that_holds_its_own_python_is_not_started_again(
    store: ExperimentStore, helped: None, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    assert store.finished() == SOUND
    monkeypatch.undo()
    assert not started


def test_no_helper_is_started_beside_another_thread(
    store: ExperimentStore, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel_scan, "WORTH_A_HELPER", 1)
    monkeypatch.setattr(parallel_scan, "_cores", lambda: 4)
    over = threading.Event()
    other = threading.Thread(target=over.wait, args=(SECONDS,))
    other.start()
    assert store.finished() == SOUND
    over.set()
    other.join()
    assert not started


def test_a_first_shard_that_cannot_be_listed_is_set_aside_and_not_fatal(
    store: ExperimentStore, helped: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: str) -> list[str]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(folder, "names", closed)
    assert sorted(run for _, runs, _ in parallel_scan.scan(store.scanner, ["00", "01"]) for run in runs) == sorted(
        run for run in SOUND if run[:2] in {"00", "01"}
    )


def test_few_runs_are_worth_no_helper(store: ExperimentStore, started: list[subprocess.Popen[bytes]]) -> None:
    assert store.finished() == SOUND
    assert not started


@pytest.mark.parametrize(("runs", "cores", "helpers"), [(5, 64, 0), (30, 64, 3), (30, 2, 1), (30, 1, 0), (900, 64, 7)])
def test_helpers_are_as_many_as_runs_and_cores_are_worth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: int, cores: int, helpers: int
) -> None:
    for number in range(runs):
        (tmp_path / "00" / str(number)).mkdir(parents=True)
    monkeypatch.setattr(parallel_scan, "WORTH_A_HELPER", 20)
    monkeypatch.setattr(parallel_scan, "_cores", lambda: cores)
    monkeypatch.setattr(parallel_scan, "_can_start", lambda: True)  # whatever threads other tests left in this process
    assert parallel_scan._helpers_for(RecordScanner(str(tmp_path), "r", b"", b""), ["00", "01"]) == helpers


def test_nobody_stays_behind_when_the_search_is_given_up(
    store: ExperimentStore, hanging: None, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(queue: int) -> Iterator[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(parallel_scan, "shards_in", interrupted)
    before = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(KeyboardInterrupt):
        store.finished()
    assert [helper.returncode for helper in started] == [-9, -9, -9]
    assert set(Path("/proc/self/fd").iterdir()) == before


@pytest.mark.skipif(threading.active_count() > 1, reason="the signal has to reach the thread that starts helpers")
def test_an_interrupt_while_helpers_are_started_comes_once_they_are_known(
    store: ExperimentStore, hanging: None, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = subprocess.Popen

    def interrupted(*arguments: Any, **named: Any) -> subprocess.Popen[bytes]:
        signal.raise_signal(signal.SIGINT)
        return noted(*arguments, **named)

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a session in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            store.finished()
    finally:
        signal.signal(signal.SIGINT, before)
    assert [helper.returncode for helper in started] == [-9, -9, -9]
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_helper_ends_once_nobody_waits_for_it(store: ExperimentStore) -> None:
    starter = """if True:
        import os, select, subprocess, sys
        subprocess.Popen([*sys.argv[1:], str(os.getpid())])
        while select.select([0], [], [], 0)[0]:  # until it has taken the first shard
            pass
    """
    command = [sys.executable, "-c", starter, sys.executable, "-I", "-S", script.__file__, *store.scanner.arguments]
    queue, feed = os.pipe()
    with os.fdopen(feed, "wb", buffering=0) as shards, os.fdopen(queue) as source:
        shards.write(b"00")
        with subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE) as parent:
            parent.wait(SECONDS)
            shards.write(b"01")
            said, _ = parent.communicate(timeout=SECONDS)  # to the end of the helper, which holds this pipe
    assert said == b""


def test_a_process_that_can_open_no_more_files_sets_nothing_aside(tmp_path: Path, store: ExperimentStore) -> None:
    store.finished()
    code = """
        import os, resource, sys
        from pytest_optbench.engine.store import FileStore
        from pytest_optbench.errors import StoreError, SweepError
        store = FileStore(sys.argv[1]).experiment("e:1")
        store.finished()
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        held = []
        try:
            while True:
                held.append(os.open("/", os.O_RDONLY))
        except OSError:
            pass
        for spare in 0, 1, 2, 3:
            calls = store.finished, *(lambda get=get: get(sys.argv[2]) for get in (
                store.get_run_record, store.is_finished, store.run_exists
            ))
            for call in calls:
                try:
                    assert call() != False, "it is there"
                    print(spare, "done")
                except StoreError as error:
                    print(spare, type(error).__name__, error)
            os.close(held.pop())
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "root"), min(SOUND)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    print(done.stdout)
    assert "Corrupt" not in done.stdout
    assert "Too many open files" in done.stdout
    assert StoreError.__name__ in done.stdout
    store.set_aside.clear()
    assert store.finished() == SOUND
    assert not store.set_aside


def test_a_failed_run_that_cannot_be_opened_for_want_of_room_is_left_where_it_is(
    store: ExperimentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = folder.open_folder

    def full(path: str) -> int:
        if path.endswith(FAILED):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), path)
        return opened(path)

    monkeypatch.setattr(folder, "open_folder", full)
    with pytest.raises(StoreError, match="Too many open files"):
        store.finished()
    monkeypatch.undo()
    assert store.get_run_record(FAILED).status is Status.FAILED


def test_a_run_of_which_nobody_can_tell_whether_it_is_finished_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(store: ExperimentStore, run_id: str) -> bool:
        raise StoreError("Too many open files")

    sweep = metalab.Experiment("e", "1", None, return_params, metalab.grid(x=[1]), metalab.seeds())
    monkeypatch.setattr(ExperimentStore, "is_finished", unknown)
    handle = metalab.run(sweep, store=tmp_path)
    with pytest.raises(SweepError, match="Too many open files"):
        handle.result()
    assert (handle.status.completed, handle.status.failed) == (0, 1)
    assert not metalab.load_results(tmp_path)
