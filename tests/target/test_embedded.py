"""The embedded engine goes through the same path as any metalab, in threads, in processes, in children."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab_probe import build

from pytest_optbench.target import ENVIRONMENT, RunOptions, Target, digest, load_target

ENGINE = "pytest_optbench.engine"


@pytest.fixture
def engine() -> Target:
    return load_target(ENGINE)


def test_the_engine_offers_everything(engine: Target) -> None:
    assert engine.generation == "handle"
    assert engine.notes == ()
    expected = (
        "thread process shared-executor events cancel status progress random data steps params logs "
        "fingerprints length indexing size grid-algebra callable-resolver check delete"
    )
    engine.require(*expected.split())


def test_a_sweep_in_threads_is_read_back(engine: Target, tmp_path: Path) -> None:
    experiment = build(engine)
    heard: list[Any] = []
    summary = engine.run(experiment, RunOptions(str(tmp_path), workers=2, on_event=heard.append))
    assert (summary.total, summary.completed, summary.failed, summary.error) == (6, 4, 2, None)
    assert (summary.events["run_finished"], summary.events["run_failed"]) == (4, 2)
    snapshot = engine.read(str(tmp_path), experiment, logs=True)
    assert snapshot.problems == ()
    run = next(run for run in snapshot.runs if run.metrics["a"] == 3)
    assert (run.params, run.status, run.series) == ({"a": 3}, "failed", {"f": ((0, 0.5), (1, 1.5), (2, 2.5))})
    assert run.error is not None
    assert (run.error["type"], run.error["message"]) == ("ValueError", "three is refused")
    assert run.artifacts["summary"].digest == digest({"a": 3, "list": [1, None, "x"]})
    assert "told" in (run.log or "")
    assert all(run.fingerprints.values())


def test_every_kind_of_artifact_has_the_digest_of_what_was_captured(engine: Target, tmp_path: Path) -> None:
    captured = {
        "arrays": {"x": np.arange(6.0).reshape(2, 3), "y": np.array([True])},
        "array": np.arange(3, dtype=np.int16),
        "text": "one\ntwo",
        "json": {"a": [1, 2.5, None, {"b": "c"}]},
        "structured": np.eye(2),
    }

    def keep(runtime: Any, capture: Any) -> None:
        for name in ("arrays", "array"):
            capture.artifact(name, captured[name], kind="numpy")
        capture.artifact("json", captured["json"], kind="json")
        capture.data("structured", captured["structured"])
        (runtime.scratch_dir / "text").write_text(str(captured["text"]))
        capture.file("text", runtime.scratch_dir / "text")

    experiment = build(engine, [{"a": 1}], keep)
    engine.run(experiment, RunOptions(str(tmp_path)))
    for run in engine.read(str(tmp_path), experiment).runs:
        found = {name: artifact.digest for name, artifact in {**run.artifacts, **run.data}.items()}
        assert found == {name: digest(value) for name, value in captured.items()}


def test_a_corrupt_record_is_a_problem_of_the_store(engine: Target, tmp_path: Path) -> None:
    experiment = build(engine)
    engine.run(experiment, RunOptions(str(tmp_path)))
    chosen = engine.read(str(tmp_path), experiment).runs[0]
    path = engine.record_file(str(tmp_path), chosen.run_id)
    assert path is not None
    path.write_bytes(path.read_bytes()[:-20])
    snapshot = engine.read(str(tmp_path), experiment)
    assert len(snapshot.runs) == 5
    assert [chosen.run_id in problem for problem in snapshot.problems] == [True]
    assert len(engine.read(str(tmp_path), experiment, run_ids=[chosen.run_id]).problems) == 1


def test_a_damaged_artifact_keeps_its_place(engine: Target, tmp_path: Path) -> None:
    experiment = build(engine, [{"a": 1}])
    engine.run(experiment, RunOptions(str(tmp_path)))
    damaged = next(path for path in tmp_path.rglob("*") if path.is_file() and "summary" in path.name)
    damaged.write_bytes(b"{}")
    assert engine.check(str(tmp_path), experiment)
    problems = [run.artifacts["summary"].problem for run in engine.read(str(tmp_path), experiment).runs]
    assert [problem is not None for problem in problems].count(True) == 1


def test_a_deleted_run_is_done_again(engine: Target, tmp_path: Path) -> None:
    experiment = build(engine, [{"a": 1}])
    engine.run(experiment, RunOptions(str(tmp_path)))
    first = engine.read(str(tmp_path), experiment).runs[0]
    engine.delete_run(str(tmp_path), experiment, first.run_id)
    summary = engine.run(experiment, RunOptions(str(tmp_path)))
    assert (summary.completed, summary.skipped) == (1, 1)
    assert engine.check(str(tmp_path), experiment) == ()


def test_a_shared_executor_serves_two_sweeps_at_once(engine: Target, tmp_path: Path) -> None:
    with engine.executor("thread", 2) as shared:
        started = [engine.start(build(engine), RunOptions(str(tmp_path / part), shared=shared)) for part in "ab"]
        ended = [sweep.wait() for sweep in started]
    assert [(summary.completed, summary.failed) for summary in ended if summary] == [(4, 2), (4, 2)]


USERS_LAB = """
from pytest_optbench.engine import *
from pytest_optbench.engine import __version__

__version__ = "mine"
"""

USERS_OPERATION = """
from pytest_optbench.target import load_target

@load_target().operation(name="where")
def where(params, capture):
    import os
    capture.metric("target", load_target().name)
    capture.metric("process", os.getpid())
"""

USERS_SCRIPT = """
import json, os, sys
from pytest_optbench.target import RunOptions, select

if __name__ == "__main__":
    target = select("mylab") if sys.argv[2] == "select" else None
    from pytest_optbench.target import load_target
    target = load_target()
    from myoperation import where
    cases = [{"a": n} for n in range(3)]
    experiment = target.experiment(name="e", version="1", operation=where, params=cases)
    summary = target.run(experiment, RunOptions(sys.argv[1], "process", 2))
    runs = target.read(sys.argv[1], experiment).runs
    seen = [[run.metrics["target"], run.metrics["process"] != os.getpid()] for run in runs]
    print(json.dumps([target.version, summary.error, seen]))
"""


@pytest.mark.parametrize("how", ["select", "environment"])
def test_the_choice_of_a_module_in_the_users_folder_reaches_worker_processes(tmp_path: Path, how: str) -> None:
    for name, source in (("mylab", USERS_LAB), ("myoperation", USERS_OPERATION), ("script", USERS_SCRIPT)):
        (tmp_path / f"{name}.py").write_text(source)
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    if how == "environment":
        environment[ENVIRONMENT] = "mylab"
    command = [sys.executable, "script.py", str(tmp_path / "store"), how]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["mine", None, [["mylab", True]] * 3]
