"""Runs under way: shown as running with their log so far, as long as somebody alive executes them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stored_runs import RUN, put, record

import pytest_optbench.engine as metalab
from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.store import ExperimentStore, FileStore
from pytest_optbench.errors import UnknownRunError

HELD = """
import sys, time
from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.store import FileStore
store = FileStore(sys.argv[1]).experiment("e:1")
assert store.claim(sys.argv[2])
capture = Capture(store.draft(sys.argv[2]))
capture.log("from another process")
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ExperimentStore]:
    opened = FileStore(tmp_path / "s").experiment("e:1")
    yield opened
    opened.close()


def test_a_run_is_shown_from_its_beginning_to_its_end(store: ExperimentStore, tmp_path: Path) -> None:
    assert store.claim(RUN)
    capture = Capture(store.draft(RUN))
    reader = FileStore(tmp_path / "s")
    (shown,) = reader.list_run_records()
    assert (shown.run_id, shown.experiment_id, shown.status) == (RUN, "e:1", metalab.Status.RUNNING)
    assert shown.started_at.tzinfo is not None
    (run,) = metalab.load_results(tmp_path / "s")
    assert (run.status, run.artifacts(), run.list_data(), run.derived) == ("running", [], [], {})
    assert (reader.get_log(RUN), reader.get_run_record(RUN).status) == (None, "running")
    capture.log("a first line")
    assert reader.log(RUN).endswith("INFO a first line\n")
    assert run.log == reader.get_log(RUN)
    captured = capture.close()
    store.publish(capture._draft, record(store, RUN, **captured))
    store.release(RUN)
    assert [one.status for one in reader.list_run_records()] == ["success"]
    assert run.log.endswith("INFO a first line\n")


def test_a_run_of_another_process_is_shown_until_that_dies(store: ExperimentStore, tmp_path: Path) -> None:
    store.set_up()
    arguments = [sys.executable, "-c", HELD, str(tmp_path / "s"), RUN]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert [run.status for run in metalab.load_results(tmp_path / "s")] == ["running"]
        assert store.log(RUN).endswith("from another process\n")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(60)
    assert list(metalab.load_results(tmp_path / "s")) == []
    assert store.list_run_records() == []
    with pytest.raises(UnknownRunError):
        store.get_run_record(RUN)


def test_what_was_there_before_is_shown_while_a_run_is_done_again(store: ExperimentStore, tmp_path: Path) -> None:
    put(store)
    assert store.claim(RUN)
    capture = Capture(store.draft(RUN))
    capture.log("again")
    assert [one.status for one in store.list_run_records()] == ["success"]
    assert len(metalab.load_results(tmp_path / "s")) == 1


def test_looking_changes_and_holds_nothing(store: ExperimentStore, tmp_path: Path) -> None:
    assert store.claim(RUN)
    store.draft(RUN)
    for _ in range(3):
        assert len(metalab.load_results(tmp_path / "s")) == 1
    other = FileStore(tmp_path / "s").experiment("e:1")
    assert not other.claim(RUN)
    store.release(RUN)
    assert list(store.running_ids()) == []
    assert other.claim(RUN)
    other.close()


def test_no_link_is_read_as_a_log(store: ExperimentStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    assert store.claim(RUN)
    draft = store.draft(RUN)
    Path(draft.folder, "log.txt").symlink_to(tmp_path / "secret")
    assert store.get_log(RUN) is None
