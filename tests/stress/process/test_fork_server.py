"""The server of forked children: whom it serves, what its children share and what they must not, and its end."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import child_tasks
import pytest

from pytest_optbench.stress.process import fork_server
from pytest_optbench.stress.process.child import ResourceLimits, run_child, start_child
from pytest_optbench.stress.process.process_group import has_ended

SOON = ResourceLimits(seconds=30.0)  # against hangs only
SCRIPT = """
import os, sys, time
from pytest_optbench.stress.process.child import run_child
if __name__ == "__main__":
    server, fork = run_child(os.getppid).value, 0
    if sys.argv[1] == "a fork" and (fork := os.fork()) == 0:
        time.sleep(600)
    print(server, fork, flush=True)
    if sys.argv[1] == "an import":
        run_child(os.getppid, needs=["endless_module"])
    time.sleep(600)
"""


def parent(**options: object) -> int:
    """Who started a child."""
    pid: int = run_child(os.getppid, bounds=SOON, **options).value_or_raise()  # type: ignore[arg-type]
    return pid


@pytest.fixture
def changing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """A module with a function `add`, of which children find another text than was imported here."""

    def change(text: str) -> ModuleType:
        path = tmp_path / "changing_module.py"
        path.write_text("def add(left, right): return left + right\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, path.stem, raising=False)
        module = importlib.import_module(path.stem)
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        path.write_text(text)
        return module

    return change


def test_one_server_serves_them_all() -> None:
    assert parent() == parent() != os.getpid()


def test_other_surroundings_are_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with start_child(child_tasks.hang, bounds=SOON) as living:
        before = parent()
        monkeypatch.setenv("READ_BY_AN_IMPORT", "1")
        assert parent() not in (before, os.getpid())
        assert living.alive, "its server is held by it"
        living.kill(signal.SIGUSR1)
        assert living.wait().signal == signal.SIGUSR1


def test_variables_that_no_import_reads_reach_the_child_of_the_same_server(monkeypatch: pytest.MonkeyPatch) -> None:
    before = parent()
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "another one")
    assert parent() == before
    assert run_child(child_tasks.whereabouts, "PYTEST_CURRENT_TEST", bounds=SOON).value["variable"] == "another one"


def test_what_only_a_new_process_takes_on_starts_anew() -> None:
    assert run_child(os.getppid, bounds=SOON, environment={"PYTHONHASHSEED": "1"}).value == os.getpid()
    assert run_child(os.getppid, bounds=ResourceLimits(30.0, address_space=2048 * child_tasks.MIB)).value == os.getpid()
    assert run_child(child_tasks.imported_by, bounds=SOON, fresh=True).value[1] == os.getpid()


def test_what_a_server_inherits_of_signals_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READ_BY_AN_IMPORT", "a server of its own")
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    ignored = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        parent()
    finally:
        signal.signal(signal.SIGCHLD, ignored)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    assert run_child(child_tasks.blocked_signals, bounds=SOON).value == []
    assert run_child(child_tasks.leave_at_once, 3, bounds=SOON).exit_code == 3


def test_a_relative_search_path_is_that_of_the_folder_where_a_child_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", ["library", *sys.path])
    for number, folder in enumerate((tmp_path / "one", tmp_path / "other")):
        (folder / "library").mkdir(parents=True)
        (folder / "library" / "odd_module.py").write_text(f"IMPORTED_BY = {number}\n")
        monkeypatch.chdir(folder)
        assert run_child(child_tasks.importer_of, "odd_module", bounds=SOON, needs=["odd_module"]).value == number


def test_two_children_do_not_draw_the_same() -> None:
    first, second = (run_child(child_tasks.draw, bounds=SOON).value_or_raise() for _ in range(2))
    assert not set(first) & set(second)


def test_a_module_that_prints_while_it_is_imported_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loud_module.py").write_text("print('{}')\ndef add(left, right): return left + right\n")
    monkeypatch.syspath_prepend(tmp_path)
    import loud_module  # type: ignore[import-not-found]

    assert run_child(loud_module.add, 1, 2, bounds=SOON).value_or_raise() == 3


def test_a_module_that_cannot_be_imported_is_told_by_the_child(changing: Callable[[str], ModuleType]) -> None:
    module = changing("import sys\nsys.exit('no, I will not')\n")
    assert run_child(module.add, 1, 2, bounds=SOON).error == "SystemExit: no, I will not"


def test_a_module_that_hangs_at_its_import_hangs_the_child(changing: Callable[[str], ModuleType]) -> None:
    module = changing("import time\ntime.sleep(600)\n")
    ended = run_child(module.add, 1, 2, bounds=ResourceLimits(seconds=1.0))
    assert ended.timed_out
    assert run_child(child_tasks.add, 1, 2, bounds=SOON).value == 3


def test_a_module_that_crashes_at_its_import_crashes_the_child(changing: Callable[[str], ModuleType]) -> None:
    module = changing("import os\nos.abort()\n")
    assert run_child(module.add, 1, 2, bounds=SOON).signal == signal.SIGABRT
    assert run_child(child_tasks.add, 1, 2, bounds=SOON).value == 3


def test_a_module_that_starts_a_thread_has_it_in_the_child(changing: Callable[[str], ModuleType]) -> None:
    thread = "import threading\nthread = threading.Thread(target=threading.Event().wait, daemon=True)\nthread.start()\n"
    module = changing(f"{thread}def add(left, right): return left + right + thread.is_alive()\n")
    assert run_child(module.add, 1, 2, bounds=SOON).value == 4


def test_what_a_module_has_open_stays_open(changing: Callable[[str], ModuleType]) -> None:
    module = changing("file = open(__file__)\ndef add(left, right): return left + right + len(file.read(1))\n")
    assert run_child(module.add, 1, 2, bounds=SOON).value_or_raise() == 4


def test_what_a_module_prints_is_not_said_by_children(
    changing: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # with it nothing is left to be said by them
    module = changing("print('imported')\ndef add(left, right): return left + right\n")
    assert run_child(module.add, 1, 2, bounds=SOON).output == ""
    assert run_child(child_tasks.add, 1, 2, bounds=SOON).output == ""


def test_a_killed_server_takes_its_children_along_and_has_a_successor() -> None:
    with start_child(child_tasks.hang, bounds=SOON) as child:
        server = parent()
        os.kill(server, signal.SIGKILL)
        assert child.wait().describe() == "signal SIGKILL killed it"
    assert parent() not in (server, os.getpid())


def test_the_children_of_a_server_that_was_ended_can_be_waited_for_and_closed() -> None:
    with start_child(child_tasks.hang, bounds=SOON) as one, start_child(child_tasks.hang, bounds=SOON) as other:
        fork_server._server.end()  # type: ignore[union-attr]
        assert one.wait().signal == signal.SIGKILL
    assert other.wait().signal == signal.SIGKILL


def test_a_child_that_reported_was_not_killed() -> None:
    with start_child(child_tasks.add, 1, 2, bounds=SOON) as child:
        assert has_ended(child.pid, 30.0)
        os.kill(parent(), signal.SIGKILL)
        ended = child.wait()
    assert (ended.value_or_raise(), ended.signal) == (3, None)


def test_two_may_wait_for_one_child() -> None:
    for _ in range(5):
        with start_child(child_tasks.leave_at_once, 3, bounds=SOON) as child:
            assert has_ended(child.pid, 30.0)
            codes: list[int] = []
            threads = [threading.Thread(target=lambda: codes.append(child._process.wait())) for _ in range(4)]  # noqa: B023
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert codes == [3] * 4


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_request_ends_with_the_interrupt(changing: Callable[[str], ModuleType]) -> None:
    module = changing("import os, signal, time\nos.kill(os.getppid(), signal.SIGINT)\ntime.sleep(600)\n")
    with start_child(child_tasks.hang, bounds=SOON) as other:
        with pytest.raises(KeyboardInterrupt):
            run_child(module.add, 1, 2, bounds=SOON)
        assert other.wait().signal == signal.SIGKILL


@pytest.mark.parametrize("keeping", ["nothing", "a fork", "an import"])
def test_it_ends_with_the_process_that_it_serves(tmp_path: Path, keeping: str) -> None:
    """Killed, while a fork of it holds all its pipes, or while the server imports what takes for ever."""
    (tmp_path / "endless_module.py").write_text("import time\ntime.sleep(600)\n")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}  # it is killed before it can remove what it put there
    told = subprocess.Popen([sys.executable, script, keeping], env=environment, stdout=subprocess.PIPE, text=True)
    assert told.stdout
    server, fork = map(int, told.stdout.readline().split())
    assert server not in (os.getpid(), told.pid)
    time.sleep(0.2 if keeping == "an import" else 0.0)  # until it is asked for
    told.kill()
    told.wait()
    assert has_ended(server, 30.0)
    if fork:
        os.kill(fork, signal.SIGKILL)
    told.stdout.close()


def test_a_fork_of_this_process_has_a_server_of_its_own() -> None:
    """It must neither answer for this one's server nor end it."""
    before = parent()
    reading, writing = os.pipe()
    starting = fork_server._starting
    starting.acquire()  # as another thread may have done at that moment
    if (pid := os.fork()) == 0:
        signal.alarm(30)  # against a hang
        os.write(writing, str(parent()).encode())
        fork_server._server.end()  # type: ignore[union-attr]
        os._exit(0)
    starting.release()
    os.close(writing)
    assert os.waitpid(pid, 0)[1] == 0
    assert int(os.read(reading, 100)) not in (before, os.getpid())
    os.close(reading)
    assert parent() == before


def test_a_module_is_imported_once_for_all_children() -> None:
    parents = {tuple(run_child(child_tasks.imported_by, bounds=SOON).value_or_raise()) for _ in range(2)}
    assert parents == {(parent(), parent())}, "by the server, and not by its children"


def test_what_a_child_will_import_is_imported_by_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "needed_module.py").write_text("import os\nIMPORTED_BY = os.getpid()\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert run_child(child_tasks.importer_of, "needed_module", bounds=SOON, needs=["needed_module"]).value == parent()
    assert run_child(child_tasks.importer_of, "needed_module", bounds=SOON, fresh=True).value != parent()


def test_a_module_that_was_written_since_its_folder_was_listed_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    listed = tmp_path.stat()
    assert run_child(child_tasks.importer_of, "late_module", bounds=SOON, needs=["late_module"]).error is not None
    (tmp_path / "late_module.py").write_text("import os\nIMPORTED_BY = os.getpid()\n")
    os.utime(tmp_path, ns=(listed.st_atime_ns, listed.st_mtime_ns))  # as if all were one tick of the clock
    assert run_child(child_tasks.importer_of, "late_module", bounds=SOON, needs=["late_module"]).value == parent()


def test_many_threads_may_ask_at_once() -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(run_child(child_tasks.add, 1, 2).value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert found == [3] * 8
