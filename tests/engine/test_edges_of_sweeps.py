"""The edges of a sweep: a store that cannot be closed, half a write, a full disk while a failure is stored."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import ExperimentStore
from pytest_optbench.engine.store.claims import Claims
from pytest_optbench.errors import SweepError

SECONDS = 60.0  # against a hang


@metalab.operation
def logs(params, capture):
    for line in range(3):
        capture.log(f"entry {line}; " + "x" * 100)


@metalab.operation
def logs_and_fails(params, capture):
    capture.log(f"before {params}")
    raise ValueError("as planned")


def refuse(*arguments: object) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def fills_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes half of a line of a log, then refuses what is left of it, and has room again."""
    write = os.write
    rest: list[bytes] = []

    def half(descriptor: int, data: Any) -> int:
        if rest and bytes(data) == rest[-1]:
            rest.clear()
            refuse()
        if b"entry 1;" not in bytes(data):
            return write(descriptor, data)
        cut = len(data) // 2
        rest.append(bytes(data)[cut:])
        return write(descriptor, data[:cut])

    monkeypatch.setattr(os, "write", half)


def test_a_lock_file_that_cannot_be_closed_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: Any
) -> None:
    close = Claims.close
    begun: list[object] = []

    def close_with_an_error(claims: Claims) -> None:
        close(claims)
        if begun:
            refuse()

    monkeypatch.setattr(Claims, "close", close_with_an_error)
    handle = metalab.run(experiment(logs, 2), store=tmp_path, executor=executor, on_event=begun.append)
    try:
        assert [run.status for run in handle.result(SECONDS)] == ["success"] * 2
    finally:
        monkeypatch.undo()
    assert any("close the lock file" in problem for problem in handle.problems)


def test_a_log_after_half_a_write_has_the_size_that_its_record_says(
    tmp_path: Path, fills_up: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = metalab.run(experiment(logs, 1), store=tmp_path, executor=metalab.InlineExecutor())
    [run] = handle.result(SECONDS)
    monkeypatch.undo()
    assert run.status == "failed"
    assert "No space left on device" in run.error["message"]
    assert isinstance(handle.store, ExperimentStore)
    assert handle.store.check() == []
    [line] = handle.store.log(run.run_id).splitlines()
    assert "entry 0;" in line


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_full_disk_does_not_replace_the_error_of_an_operation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    publish = ExperimentStore._put_in_place
    left = [refuse] * refusals

    def put_in_place(store: ExperimentStore, draft: Any) -> None:
        if left:
            left.pop()()
        publish(store, draft)

    monkeypatch.setattr(ExperimentStore, "_put_in_place", put_in_place)
    handle = metalab.run(experiment(logs_and_fails, 1), store=tmp_path, executor=metalab.InlineExecutor())
    if refusals == 1:
        [run] = handle.result(SECONDS)
        assert (run.status, run.error["message"]) == ("failed", "as planned")
        assert "No space left on device" in run.record.warnings[0]
        assert "No space left on device" in handle.problems[0]
    else:
        with pytest.raises(SweepError, match=r"as planned.*not recorded.*No space left on device"):
            handle.result(SECONDS)
