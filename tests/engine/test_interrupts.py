"""Ctrl-C and the end of the interpreter, in a process of its own: what is finished is kept, the rest is done later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sample_operations import EXECUTORS, WITNESS, witnessed

import pytest_optbench.engine as metalab
from pytest_optbench.stress.process.process_group import members

TIMEOUT = 60.0  # seconds, against a hang
RUNS = 60
SWEEP = """
import signal, sys
import pytest_optbench.engine as metalab
from sample_operations import EXECUTORS, experiment, paced

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a session in the background passes on that it is ignored
    sweep = experiment(paced, [{"n": n, "seconds": 0.02} for n in range(int(sys.argv[3]))])
    handle = metalab.run(sweep, store=sys.argv[1], executor=EXECUTORS[sys.argv[2]]())
    {end}
"""


def started(tmp_path: Path, kind: str, end: str, runs: int = RUNS, script: str = SWEEP) -> subprocess.Popen[str]:
    """A process that sweeps, in a group of its own as a terminal would have it."""
    file = tmp_path / "sweep.py"
    file.write_text(script.replace("{end}", end))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), WITNESS: str(tmp_path / "witness")}
    command = [sys.executable, str(file), str(tmp_path / "store"), kind, str(runs)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def ended(tmp_path: Path) -> set[str]:
    """The cases that were executed to their end."""
    return {line.split()[0] for line in witnessed(tmp_path / "witness") if line.endswith("ends")}


def under_way_after(tmp_path: Path, process: subprocess.Popen[str], finished: int) -> None:
    """Wait until so many runs have finished."""
    deadline = time.monotonic() + TIMEOUT
    while len(ended(tmp_path)) < finished:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.005)


def group_is_gone(group: int) -> bool:
    """Whether no process of a group lives; one that ended stays in its group until init reaps it."""
    return not list(members(group))


@pytest.mark.parametrize("kind", EXECUTORS)
@pytest.mark.parametrize("whole_group", [False, True], ids=["process", "terminal"])
def test_ctrl_c_keeps_what_is_finished(tmp_path: Path, kind: str, whole_group: bool) -> None:
    process = started(tmp_path, kind, "handle.result()")
    try:
        under_way_after(tmp_path, process, 5)
        if whole_group:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=TIMEOUT)[0]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert "KeyboardInterrupt" in output
    assert process.returncode == -signal.SIGINT
    assert group_is_gone(process.pid), "a worker outlived the sweep"
    stored = metalab.load_results(tmp_path / "store")
    kept = {str(run.params["n"]) for run in stored.successful}
    cut_off = ended(tmp_path) - kept  # between its last word and its return, which Ctrl-C may still interrupt
    assert kept <= ended(tmp_path), "nothing else is a success"
    assert len(cut_off) <= (kind == "inline"), "what ended is stored"
    assert 4 <= len(kept) < RUNS
    assert {run.status.value for run in stored} <= {"success", "cancelled"}
    begun = witnessed(tmp_path / "witness")
    process = started(tmp_path, kind, "print(handle.result().summary()['success'])")
    assert process.communicate(timeout=TIMEOUT)[0].strip() == str(RUNS)
    after = witnessed(tmp_path / "witness")[len(begun) :]
    assert len([line for line in after if line.endswith("begins")]) == RUNS - len(kept), "only the rest was executed"
    assert metalab.FileStore(tmp_path / "store").check() == []


@pytest.mark.parametrize("kind", EXECUTORS)
def test_a_script_that_does_not_ask_for_the_result_still_finishes(tmp_path: Path, kind: str) -> None:
    process = started(tmp_path, kind, "del handle", runs=10)
    assert process.communicate(timeout=TIMEOUT)[0] == ""
    assert len(metalab.load_results(tmp_path / "store").successful) == 10
    assert group_is_gone(process.pid)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_killed_sweep_is_finished_by_the_next(tmp_path: Path, kind: str) -> None:
    process = started(tmp_path, kind, "handle.result()")
    under_way_after(tmp_path, process, 5)
    process.kill()
    process.communicate(timeout=TIMEOUT)
    deadline = time.monotonic() + TIMEOUT
    while not group_is_gone(process.pid):
        assert time.monotonic() < deadline, "workers outlived their parent"
        time.sleep(0.01)
    before = {str(run.params["n"]) for run in metalab.load_results(tmp_path / "store").successful}
    process = started(tmp_path, kind, "print(handle.result().summary()['success'])")
    assert process.communicate(timeout=TIMEOUT)[0].strip() == str(RUNS)
    twice = [n for n in before if witnessed(tmp_path / "witness").count(f"{n} begins") > 1]
    assert twice == [], "a stored success was executed again"
    assert metalab.FileStore(tmp_path / "store").check() == []


FORK = """
import os, sys, threading, warnings
import pytest_optbench.engine as metalab
from sample_operations import EXECUTORS, experiment, patient

if __name__ == "__main__":
    begun = threading.Event()
    with EXECUTORS[sys.argv[2]]() as executor:
        handle = metalab.run(
            experiment(patient, 1), store=sys.argv[1], executor=executor, on_event=lambda event: begun.set()
        )
        begun.wait()
        warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)  # Python 3.12 and later: there are threads
        if not os.fork():
            sys.exit(5)
        print(os.waitstatus_to_exitcode(os.wait()[1]))
        handle.cancel()
"""


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_a_forked_child_does_not_wait_for_the_sweeps_of_its_parent(tmp_path: Path, kind: str) -> None:
    process = started(tmp_path, kind, "", script=FORK)
    try:
        assert process.communicate(timeout=TIMEOUT)[0] == "5\n"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
