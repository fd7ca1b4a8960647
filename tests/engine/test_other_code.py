"""Runs that are done again because of their code: the log says so, once, and only then."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pytest_optbench.engine as metalab


def operation_of(factor: int) -> Any:
    @metalab.operation
    def operate(params: Any, capture: Any) -> None:
        capture.metric("y", factor * params["n"])

    return operate


def run(root: Path, factor: int, cases: int, context: Any = None, **how: Any) -> metalab.RunHandle:
    params, operation = metalab.manual([{"n": n} for n in range(cases)]), operation_of(factor)
    sweep = metalab.Experiment("e", "1", context, operation, params, metalab.seeds())
    handle = metalab.run(sweep, store=root, **how)
    handle.result()
    handle.result()
    return handle


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_runs_done_again_under_other_code_are_explained_once(tmp_path: Path, caplog: Any) -> None:
    run(tmp_path, 2, 5)
    assert run(tmp_path, 3, 5).status.completed == 5
    (message,) = said(caplog)
    for part in ("e:1", "of 10 stored runs", "5 are of the same parameters", "other code", "Python"):
        assert part in message
    assert {operation_of(factor).code_hash[:8] in message for factor in (2, 3)} == {True}


@pytest.mark.parametrize(
    "again",
    [
        lambda root: run(root, 2, 5),
        lambda root: run(root, 2, 9),
        lambda root: run(root, 3, 5, context={"other": 1}),
        lambda root: run(root, 3, 5, resume=False),
    ],
    ids=["the same", "more", "another context", "all anew"],
)
def test_what_is_done_for_another_reason_is_not(tmp_path: Path, caplog: Any, again: Callable[[Path], Any]) -> None:
    run(tmp_path, 2, 5)
    again(tmp_path)
    assert said(caplog) == []


def test_few_of_many_stored_runs_are_looked_at(tmp_path: Path, caplog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, 2, 100)
    handle = run(tmp_path, 3, 3)
    read = []
    reading = type(handle._store).get_run_record
    monkeypatch.setattr(type(handle._store), "get_run_record", lambda *asked: read.append(asked) or reading(*asked))
    handle._explained = False
    handle.result()
    assert len(read) == 16
