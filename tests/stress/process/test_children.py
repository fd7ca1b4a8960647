"""Children: what they return and how they end, their limits, and that nothing of them is left."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import child_tasks
import pytest

from pytest_optbench.errors import ChildError, InvalidInputError, TargetFailedError, TargetHungError, TargetRaisedError
from pytest_optbench.stress.process import fork_server
from pytest_optbench.stress.process.child import TAIL, ChildResult, ResourceLimits, run_child, start_child
from pytest_optbench.stress.process.process_group import has_ended, kill_group, members

SOON = ResourceLimits(seconds=30.0)  # against hangs only
MIB = child_tasks.MIB


class Pipe:
    """A named pipe: what holds its other end is alive; its end is told by the end of the file."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        self._reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def wait(self) -> None:
        """Until somebody has written to it."""
        assert select.select([self._reading], [], [], 30)[0], "the grandchild never began"
        assert os.read(self._reading, 1) == b"."

    def is_held(self) -> bool:
        """Whether anybody holds the other end; an empty pipe that is held has nothing to read, not even its end."""
        return not select.select([self._reading], [], [], 0)[0]

    def wait_for_end(self) -> bool:
        return bool(select.select([self._reading], [], [], 30)[0]) and os.read(self._reading, 1) == b""

    def close(self) -> None:
        os.close(self._reading)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipe]:
    pipe = Pipe(tmp_path / "pipe")
    yield pipe
    pipe.close()


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the folders of children are made; none may be left."""
    folder = tmp_path / "folders"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert not list(folder.iterdir())


@pytest.fixture(autouse=True)
def no_zombie() -> Iterator[None]:
    """Whatever a test started directly is ended and reaped, but for the server of forked children."""
    before = children()
    yield
    assert children() == before


def children() -> set[str]:
    started: set[str] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            started.update(task.read_text().split())
    return {pid for pid in started if fork_server.ENTRY.encode() not in Path("/proc", pid, "cmdline").read_bytes()}


def test_a_child_collects_garbage() -> None:
    assert run_child(gc.isenabled, bounds=SOON).value is True


def test_returns_what_the_function_returns() -> None:
    ended = run_child(child_tasks.add, 1, 2, bounds=SOON)
    assert (ended.value_or_raise(), ended.exit_code, ended.reported) == (3, 0, True)
    assert (ended.error, ended.signal, ended.timed_out) == (None, None, False)
    assert ended.describe() == "it returned"


def test_finds_what_stands_in_a_class() -> None:
    assert run_child(child_tasks.Methods.doubled, 4, bounds=SOON).value == 8


def test_has_the_surroundings_of_its_parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folders: Path) -> None:
    monkeypatch.chdir(tmp_path)
    seen = run_child(child_tasks.whereabouts, "ODD", bounds=SOON, environment={"ODD": "a value"}).value_or_raise()
    assert (seen["variable"], seen["cwd"], seen["group"]) == ("a value", str(tmp_path), True)
    assert seen["path"] == list(dict.fromkeys(path or str(tmp_path) for path in sys.path)), "no more and no less"
    assert Path(seen["scratch"]).is_relative_to(folders), "its temporary files must vanish with it"
    assert seen["core"] == 0, "a crash must leave no core file"


def test_can_be_interrupted_even_where_its_parent_cannot() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as of a shell's background job
    try:
        assert run_child(child_tasks.whereabouts, "ODD", bounds=SOON).value["interrupt"]
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("failure", [TargetFailedError, TargetRaisedError, TargetHungError])
def test_what_the_target_is_to_blame_for_is_raised_as_such(failure: type[TargetFailedError]) -> None:
    ended = run_child(child_tasks.fail_as_a_target, failure.__name__, bounds=SOON)
    assert (ended.failed, ended.error) == (failure.__name__, f"{failure.__name__}: it was its fault")
    with pytest.raises(failure, match=r"^it was its fault$"):
        ended.value_or_raise()


def test_says_what_was_raised() -> None:
    ended = run_child(child_tasks.complain, "a\nlong story", bounds=SOON)
    assert (ended.error, ended.value, ended.exit_code) == ("ValueError: a long story", None, 0)
    assert ended.traceback
    assert "in complain" in ended.traceback
    with pytest.raises(ChildError, match="it raised ValueError: a long story"):
        ended.value_or_raise()


def test_says_what_cannot_be_printed() -> None:
    assert run_child(child_tasks.complain_unprintably, bounds=SOON).error == (
        "UnprintableError: (its message cannot be printed)"
    )


@pytest.mark.parametrize("function", [child_tasks.return_a_set, child_tasks.return_something_endless])
def test_refuses_to_return_what_json_cannot_hold(function: Callable[[], Any]) -> None:
    ended = run_child(function, bounds=SOON)
    assert ended.error
    assert ended.error.startswith("its return value is not JSON data: ")


def test_exiting_by_exception_is_an_exception() -> None:
    assert run_child(child_tasks.leave, 3, bounds=SOON).error == "SystemExit: 3"


def test_exiting_at_once_leaves_the_code() -> None:
    ended = run_child(child_tasks.leave_at_once, 3, bounds=SOON)
    assert (ended.exit_code, ended.reported, ended.usage, ended.error) == (3, False, None, None)
    with pytest.raises(ChildError, match="it exited with code 3"):
        ended.value_or_raise()


@pytest.mark.parametrize(
    ("number", "name"),
    [(signal.SIGKILL, "SIGKILL"), (signal.SIGTERM, "SIGTERM"), (signal.SIGRTMIN + 3, f"{signal.SIGRTMIN + 3}")],
)
def test_dying_by_a_signal_leaves_its_number(number: int, name: str) -> None:
    ended = run_child(child_tasks.die, int(number), bounds=SOON)
    assert (ended.signal, ended.exit_code, ended.reported) == (number, None, False)
    assert ended.describe() == f"signal {name} killed it"


def test_crashing_leaves_no_core_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert run_child(child_tasks.crash, bounds=SOON).signal == signal.SIGSEGV
    assert sorted(tmp_path.iterdir()) == before


def test_hanging_ends_with_its_seconds() -> None:
    ended = run_child(child_tasks.hang, bounds=ResourceLimits(seconds=1.0))
    assert (ended.timed_out, ended.signal, ended.exit_code, ended.reported) == (True, None, None, False)
    with pytest.raises(ChildError, match=r"it did not end within \d+ s and was killed"):
        ended.value_or_raise()


def test_what_hangs_after_its_end_is_not_waited_for() -> None:
    assert run_child(child_tasks.leave_a_thread, bounds=SOON).value_or_raise() == "left"


def test_running_out_of_memory_is_its_own_error() -> None:
    bounds = ResourceLimits(seconds=30.0, address_space=2048 * MIB)
    assert run_child(child_tasks.eat_memory, 16, bounds=bounds).value == 16 * MIB
    assert run_child(child_tasks.eat_memory, 4096, bounds=bounds).error == "MemoryError"


def test_running_out_of_files_is_its_own_error() -> None:
    bounds = ResourceLimits(seconds=30.0, open_files=40)
    assert run_child(child_tasks.open_many, "/dev/null", 20, bounds=bounds).value == 20
    ended = run_child(child_tasks.open_many, "/dev/null", 41, bounds=bounds)
    assert ended.error
    assert "Too many open files" in ended.error


def test_too_large_a_file_is_its_own_error(tmp_path: Path) -> None:
    path, bounds = str(tmp_path / "large"), ResourceLimits(seconds=30.0, file_size=2 * MIB)
    assert run_child(child_tasks.write_much, path, 1, bounds=bounds).value == MIB
    ended = run_child(child_tasks.write_much, path, 4, bounds=bounds)
    assert ended.error
    assert "File too large" in ended.error
    assert Path(path).stat().st_size <= 2 * MIB


@pytest.mark.parametrize("name", ["seconds", "address_space", "open_files", "file_size"])
def test_refuses_limits_that_leave_nothing(name: str) -> None:
    with pytest.raises(InvalidInputError, match=f"{name} 0"):
        ResourceLimits(**{name: 0})


def test_refuses_what_cannot_be_found_again(folders: Path) -> None:
    with pytest.raises(InvalidInputError, match="define it at the level of a module"):
        run_child(lambda: None)


def test_refuses_arguments_that_json_cannot_hold() -> None:
    with pytest.raises(InvalidInputError, match="arguments of add must be JSON data"):
        run_child(child_tasks.add, {1}, 2)


def test_says_when_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ChildError, match="no child process can be started"):
        run_child(child_tasks.add, 1, 2)


@pytest.mark.parametrize("fresh", [False, True], ids=["forked", "fresh"])
def test_keeps_the_tail_of_what_was_printed(fresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # with it nobody's output would wait for its end
    ended = run_child(child_tasks.tell, "caf\u00e9 " * 20, 1000, bounds=SOON, fresh=fresh)
    assert ended.output.endswith("caf\u00e9 \nand to stderr\n")
    assert len(ended.output.encode()) <= TAIL + 2  # a letter cut in two shows as one that is longer


@pytest.mark.parametrize("fresh", [False, True], ids=["forked", "fresh"])
def test_keeps_the_last_words_of_the_killed(fresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    ended = run_child(child_tasks.say_and_die, "farewell", bounds=SOON, fresh=fresh)
    assert (ended.output, ended.signal) == ("farewell\n", signal.SIGKILL)


def test_a_closed_output_hides_nothing() -> None:
    assert run_child(child_tasks.close_its_output, bounds=SOON).value_or_raise() == "closed"


@pytest.mark.parametrize("ends", ["returned", "exited", "killed", "hung"])
def test_no_grandchild_outlives_it(ends: str, pipe: Pipe) -> None:
    with start_child(child_tasks.beget, pipe.path, ends, bounds=SOON) as child:
        pipe.wait() if ends == "hung" else child.wait()
    assert not pipe.is_held()
    assert not list(members(child.pid))


def test_none_of_it_outlives_a_killed_parent(pipe: Pipe) -> None:
    """Neither child nor grandchild, nor the child of that child in a session of its own."""
    with start_child(child_tasks.run_one_more, pipe.path, bounds=SOON) as parent:
        pipe.wait()
        os.kill(parent.pid, signal.SIGKILL)
        assert pipe.wait_for_end()


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_parent_leaves_nothing(pipe: Pipe, folders: Path) -> None:
    def interrupt() -> None:
        pipe.wait()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_child(child_tasks.beget, pipe.path, "hung", bounds=SOON)
    thread.join()
    assert not pipe.is_held()


def test_a_signal_reaches_the_function(tmp_path: Path) -> None:
    with start_child(child_tasks.wait_for_interrupt, str(tmp_path / "started"), bounds=SOON) as child:
        while child.alive and not (tmp_path / "started").exists():
            has_ended(child.pid, 0.01)
        child.kill(signal.SIGINT)
        assert child.wait().value_or_raise() == "interrupted"
        assert not child.alive
        assert child.wait() is child.wait()
        child.kill()  # nobody is there any more: not an error


def test_closing_kills_what_still_runs() -> None:
    with start_child(child_tasks.hang, bounds=SOON) as child:
        assert child.alive
    assert not child.alive
    assert not list(members(child.pid))


def test_tells_what_it_used() -> None:
    little, much = (run_child(child_tasks.use_much, mebibytes, bounds=SOON).usage for mebibytes in (1, 129))
    assert little
    assert much
    assert 100 * MIB < much.peak_memory - little.peak_memory < 200 * MIB
    assert little.threads == 1
    assert 0 < little.open_files < 20
    assert min(little.wall, little.cpu) > 0


def test_an_empty_group_is_gone_at_once() -> None:
    process = subprocess.Popen(["true"], start_new_session=True)
    has_ended(process.pid, 30)
    assert not list(members(process.pid)), "what is only to be reaped does not live"
    assert kill_group(process.pid)
    process.wait()
    assert has_ended(process.pid, 0)


def test_how_it_ended_reads_as_a_sentence() -> None:
    assert ChildResult(exit_code=1).describe() == "it exited with code 1"
    assert ChildResult(timed_out=True, reported=True, wall=2.2).describe() == "it did not end within 2 s and was killed"


def test_a_limit_above_that_of_the_system_is_no_error() -> None:
    """Who is not root may not raise a hard limit: the child has the lower one."""
    code = (
        "from pytest_optbench.stress.process.child import ResourceLimits, run_child; import child_tasks;"
        "print(run_child(child_tasks.add, 1, 2, bounds=ResourceLimits(open_files=300), fresh=True).value_or_raise())"
    )
    command = f'ulimit -n 200 && exec "{sys.executable}" -c "{code}"'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "3\n", done.stderr
