"""Children: whatever a function does to its process, the parent learns how it ended and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import child_functions as functions
import pytest

from pytest_optbench.errors import ChildError, InvalidInputError
from pytest_optbench.stress.child import Bounds, run_child, start_child

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Children make their folders in a place of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "children"))
    (tmp_path / "children").mkdir()


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(*pids: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while any(map(is_alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def noted(path: Path) -> list[int]:
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, "the child never came up"
        time.sleep(0.01)
    return [int(pid) for pid in path.read_text().split()]


def test_a_value_comes_back_from_the_parents_surroundings(tmp_path: Path) -> None:
    ended = run_child(functions.add, 1, 2, environment={"CHILD_TEST": "yes"})
    told = ended.value_or_raise()
    assert (told["sum"], told["variable"], told["folder"]) == (3, "yes", str(Path.cwd()))
    assert set(filter(None, sys.path)) <= set(told["path"])
    assert (ended.exit_code, ended.output, ended.story()) == (0, "adding\n", "it returned")
    assert ended.usage is not None
    assert ended.usage.peak_memory > 10**6
    assert list((tmp_path / "children").iterdir()) == []


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (functions.complain, "ValueError: two lines"),
        (functions.complain_unprintably, "UnprintableError: (its message cannot be printed)"),
        (functions.leave, "SystemExit: 3"),
    ],
)
def test_what_it_raises_is_told_in_a_line(function: object, error: str) -> None:
    ended = run_child(function)  # type: ignore[arg-type]
    assert (ended.error, ended.reported) == (error, True)
    assert error.split(":")[0] in str(ended.traceback)
    with pytest.raises(ChildError, match=error.split(":")[0]):
        ended.value_or_raise()


def test_what_json_cannot_hold_is_an_error() -> None:
    assert "no JSON data" in str(run_child(functions.give_junk).error)


def test_a_death_by_signal() -> None:
    ended = run_child(functions.die)
    assert (ended.signal, ended.reported, ended.usage) == (signal.SIGSEGV, False, None)
    with pytest.raises(ChildError, match="SIGSEGV killed it"):
        ended.value_or_raise()


def test_an_exit_past_everything() -> None:
    ended = run_child(functions.leave_at_once)
    assert (ended.exit_code, ended.reported) == (7, False)
    assert ended.story() == "it exited with code 7"


def test_one_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    ended = run_child(functions.note_and_sleep, str(tmp_path / "pids"), bounds=Bounds(seconds=3))
    assert (ended.timed_out, ended.signal, ended.reported) == (True, None, False)
    assert "did not end within 3 s" in ended.story()
    assert gone(*noted(tmp_path / "pids"))


def test_a_grandchild_does_not_outlive_its_parent() -> None:
    assert gone(run_child(functions.leave_grandchild).value_or_raise())


def test_a_thread_that_was_left_does_not_hold_it() -> None:
    assert run_child(functions.leave_thread, bounds=Bounds(seconds=PATIENCE)).value_or_raise() == "done"


def test_memory_beyond_the_bound_is_an_error_of_the_function() -> None:
    bounds = Bounds(address_space=2**30)
    assert run_child(functions.eat, 2**31, bounds=bounds).error == "MemoryError"
    assert run_child(functions.eat, 2**20, bounds=bounds).value_or_raise() == 2**20


def test_files_beyond_the_bound_are_an_error_of_the_function() -> None:
    bounds = Bounds(open_files=40)
    assert "Too many open files" in str(run_child(functions.open_many, 100, bounds=bounds).error)
    assert run_child(functions.open_many, 10, bounds=bounds).value_or_raise() == 10


def test_a_file_beyond_the_bound_is_an_error_of_the_function(tmp_path: Path) -> None:
    ended = run_child(functions.write_much, str(tmp_path / "big"), 10_000, bounds=Bounds(file_size=4096))
    assert "File too large" in str(ended.error)
    assert (tmp_path / "big").stat().st_size == 4096


def test_only_the_tail_of_the_output_is_kept() -> None:
    output = run_child(functions.shout, 5000).output
    assert len(output) == 4000
    assert output.endswith("line 4999\n")


def test_events_below_a_folder_are_counted(tmp_path: Path) -> None:
    watched = tmp_path / "watched"
    watched.mkdir()
    events = run_child(functions.touch, str(watched), watch=watched).events
    assert events == {"open": 2, "rename": 1, "mkdir": 1, "remove": 1, "flock": 1}
    assert run_child(functions.add, 1, 2, watch=watched).events == {}


def test_a_signal_reaches_a_running_child() -> None:
    with start_child(functions.sleep, 600.0) as child:
        time.sleep(0.1)
        assert child.alive
        child.kill(signal.SIGKILL)
        ended = child.wait()
    assert ended.signal == signal.SIGKILL
    assert not child.alive
    child.kill()  # has no one to reach, and says nothing


def test_the_block_ends_what_still_runs(tmp_path: Path) -> None:
    with start_child(functions.note_and_sleep, str(tmp_path / "pids")):
        pids = noted(tmp_path / "pids")
    assert gone(*pids)
    assert list((tmp_path / "children").iterdir()) == []


def test_an_error_in_the_block_ends_it_too(tmp_path: Path) -> None:
    pids: list[int] = []

    def interrupted() -> None:
        with start_child(functions.note_and_sleep, str(tmp_path / "pids")):
            pids.extend(noted(tmp_path / "pids"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert gone(*pids)


def test_a_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    code = "import sys, child_functions; child_functions.start_child_and_hang(sys.argv[1])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "pids")], env=environment)
    child, grandchild = noted(tmp_path / "pids")
    parent.kill()
    parent.wait()
    assert gone(child)
    os.kill(grandchild, signal.SIGKILL)  # nobody was left to kill it


def test_what_a_child_cannot_find_again_is_refused_before_it_starts() -> None:
    with pytest.raises(InvalidInputError, match="level of a module"):
        start_child(lambda: None)
