"""A fault happens at its own event and at no other, in the process that it is meant for, and is healed afterwards."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import fault_tasks
import pytest
from fault_folders import SOON, Folders

from pytest_optbench.stress.faults.events import READS
from pytest_optbench.stress.faults.fault import NOTHING, POSSIBLE, Fault
from pytest_optbench.stress.process.child import run_child, start_child

FULL = "No space left on device"
LINE = b"a line of text"
EVERYTHING_FAILS = Fault("error", code="EIO", lasting=True)


@pytest.mark.parametrize(("at", "left"), [(0, 0), (1, 1), (2, 1), (3, 1), (4, 2), (8, 3)])
def test_kills_before_the_event(folders: Folders, at: int, left: int) -> None:
    ended = folders.run(fault_tasks.write_thrice, str(folders.inside), fault=Fault("kill", at))
    assert ended.signal == signal.SIGKILL
    assert len(os.listdir(folders.inside)) == left
    assert folders.hit is not None
    assert (folders.hit.process, folders.hit.number) == (0, at)
    assert len(folders.events[0]) == at + 1


@pytest.mark.parametrize(
    ("at", "lasting", "expected"),
    [
        (0, False, [FULL, "", ""]),
        (1, False, [FULL, "", ""]),  # the write
        (2, False, [FULL, "", ""]),  # the close
        (3, False, ["", FULL, ""]),
        (4, True, ["", FULL, FULL]),
        (99, False, ["", "", ""]),
    ],
)
def test_fails_once_or_from_then_on(folders: Folders, at: int, lasting: bool, expected: list[str]) -> None:
    fault = Fault("error", at, code="ENOSPC", lasting=lasting)
    assert folders.run(fault_tasks.write_thrice, str(folders.inside), fault=fault).value == expected
    assert (folders.hit is None) == (at == 99)


@pytest.mark.parametrize("code", sorted(POSSIBLE))
def test_fails_with_every_error(folders: Folders, code: str) -> None:
    fault = Fault("error", 0, code=code)
    assert (
        folders.run(fault_tasks.write_thrice, str(folders.inside), fault=fault).value[0]
        == str(fault.error).partition("] ")[2]
    )


def test_writes_half_and_fails_when_the_rest_is_tried(folders: Folders) -> None:
    fault = Fault("half-write", 1, code="ENOSPC")
    assert folders.run(fault_tasks.write_thrice, str(folders.inside), fault=fault).value == [FULL, "", ""]
    assert (folders.inside / "0").read_bytes() == LINE[: len(LINE) // 2]
    raw = folders.run(fault_tasks.write_raw, str(folders.inside), fault=fault)
    assert raw.error is not None
    assert FULL in raw.error
    assert (folders.inside / "raw").read_bytes() == b"01234"


def test_dies_in_the_middle_of_a_write(folders: Folders) -> None:
    ended = folders.run(fault_tasks.write_raw, str(folders.inside), fault=Fault("torn-write", 1))
    assert ended.signal == signal.SIGKILL
    assert (folders.inside / "raw").read_bytes() == b"01234"


def test_happens_in_the_worker_that_it_is_meant_for(folders: Folders) -> None:
    ended = folders.run(fault_tasks.in_workers, str(folders.inside), fault=Fault("kill", 1, process=1))
    assert ended.value == [-signal.SIGKILL, 0]
    assert [len(trace) for trace in folders.events] == [1, 2, 3]
    lasting = Fault("error", 0, code="ENOSPC", lasting=True)
    again = folders.run(fault_tasks.in_workers, f"{folders.inside}/none", fault=lasting)
    assert again.error is not None
    assert FULL in again.error


def test_a_lasting_error_reaches_the_other_processes(folders: Folders) -> None:
    lasting = Fault("error", 1, process=1, code="ENOSPC", lasting=True)
    assert folders.run(fault_tasks.in_workers, str(folders.inside), fault=lasting).value == [1, 1]
    assert sorted(os.listdir(folders.inside)) == ["fork-1", "here"]


def test_locks_that_are_a_lie(folders: Folders) -> None:
    assert folders.run(fault_tasks.lock_twice, str(folders.inside)).value is False
    assert folders.run(fault_tasks.lock_twice, str(folders.inside), fault=Fault("lie about locks")).value is True
    failing = folders.run(
        fault_tasks.lock_twice, str(folders.inside), fault=Fault("error", code="ENOLCK", kinds=("flock",))
    )
    assert failing.error is not None
    assert "No locks available" in failing.error


def test_a_delay_and_a_signal(folders: Folders) -> None:
    began = time.monotonic()
    delay = Fault("delay", 2, seconds=0.2, lasting=True)
    assert folders.run(fault_tasks.write_thrice, str(folders.inside), fault=delay).value == ["", "", ""]
    assert time.monotonic() - began > 7 * delay.seconds
    ended = folders.run(fault_tasks.write_thrice, str(folders.inside), fault=Fault("signal", 2, code="SIGINT"))
    assert ended.error == "KeyboardInterrupt"
    assert (
        folders.run(fault_tasks.write_thrice, str(folders.inside), fault=Fault("signal", 2, code="SIGTERM")).signal
        == 15
    )


def test_a_stopped_process_goes_on_when_it_is_continued(folders: Folders, tmp_path: Path) -> None:
    control = tmp_path / "stopped"
    arguments = (Fault("stop", 4).data(), str(folders.inside), str(control), "write_thrice", str(folders.inside))
    with start_child(fault_tasks.under, *arguments, bounds=SOON) as child:
        deadline = time.monotonic() + 30
        while not (control / "hit").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        assert sorted(os.listdir(folders.inside)) == ["0", "1"]
        assert child.alive
        child.kill(signal.SIGCONT)
        assert child.wait().value == ["", "", ""]


def test_only_events_of_its_kinds_count(folders: Folders) -> None:
    reading = Fault("error", 0, code="EIO", kinds=READS)
    ended = folders.run(fault_tasks.every_kind, str(folders.inside), str(folders.outside), fault=reading)
    assert folders.events == [["read a"]]
    assert ended.error is not None
    assert "Input/output error" in ended.error


@pytest.mark.parametrize(
    "fault", [NOTHING, Fault("error", code="EIO", lasting=True), Fault("lie about locks")], ids=str
)
def test_everything_is_healed_after_the_block(folders: Folders, tmp_path: Path, fault: Fault) -> None:
    ended = run_child(fault_tasks.healed, fault.data(), str(folders.inside), str(tmp_path / "control"), bounds=SOON)
    during, after, environment, files = ended.value_or_raise()
    assert (during, after, environment) == (False, True, True)
    assert files == (["b"] if fault.act == "error" else ["a", "b"])


def test_a_fault_is_data() -> None:
    fault = Fault("error", 3, 1, "EIO", lasting=True, kinds=("open",))
    assert Fault.of(fault.data()) == fault
    assert str(fault) == "EIO from then on"
