"""Reading the witness back: any interleaving of processes and threads is one history, and no loss passes unnoticed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.stress.audit import promises
from pytest_optbench.stress.audit.audit import audit
from pytest_optbench.stress.audit.reconcile import PlannedRun
from pytest_optbench.stress.witness.follow import WitnessCounts, WitnessFollower
from pytest_optbench.stress.witness.log import WitnessLog, read_log
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target.snapshot import StoredRun, StoreSnapshot

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Line = dict[str, Any]


def line(event: str, worker: int, run: int, **fields: Any) -> Line:
    who = {"session": "today", "pid": worker % 2, "thread": worker, "time": float(run)}
    return {"event": event, "key": f"{worker}-{run}", **who, **fields}


def finish(worker: int, run: int) -> Line:
    seen = {"outcome": "returned", "error": None, "params": None, "metrics": {}, "artifacts": {}, "series": {}}
    return {"event": "finish", "outcome": seen.pop("outcome"), **line("finish", worker, run), **seen}


def of_worker(worker: int, runs: int) -> list[Line]:
    """What one thread appends: starts and finishes in turn."""
    return [one for run in range(runs) for one in (line("start", worker, run), finish(worker, run))]


def interleaved(random: Random, parts: Sequence[Sequence[Line]]) -> list[Line]:
    """The lines of all parts in some order that keeps the order within each part."""
    turns = [place for place, part in enumerate(parts) for _ in part]
    random.shuffle(turns)
    left = [iter(part) for part in parts]
    return [next(left[turn]) for turn in turns]


def written(folder: Path, lines: Sequence[Line], name: str = "w.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    text = "".join(f"\n{json.dumps(one, separators=(',', ':'))}\n" for one in lines)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def record(key: str) -> StoredRun:
    return StoredRun(f"id-{key}", "success", {WITNESS_METRIC: key}, started_at=NOW, finished_at=NOW)


def broken(history: WitnessLog, keys: Sequence[str]) -> set[tuple[str, str]]:
    """Broken promises and the keys they are broken for, where all `keys` are planned and stored."""
    store = StoreSnapshot(tuple(map(record, keys)))
    violations = audit((PlannedRun(key) for key in keys), history.executions, store)
    return {(one.promise, one.key) for one in violations}


WORKERS = [of_worker(worker, 3) for worker in range(4)]
KEYS = sorted({one["key"] for part in WORKERS for one in part})


@given(st.randoms(use_true_random=False))
def test_every_interleaving_is_the_same_history(tmp_path_factory: pytest.TempPathFactory, random: Random) -> None:
    folder = tmp_path_factory.mktemp("interleaved")
    history = read_log(written(folder, interleaved(random, WORKERS)))
    assert history.torn == 0
    assert {(one.key, one.thread, one.outcome, one.started, one.finished) for one in history.executions} == {
        (f"{worker}-{run}", worker, "returned", float(run), float(run)) for worker in range(4) for run in range(3)
    }
    assert broken(history, KEYS) == set()


def test_the_files_of_a_folder_are_one_history(tmp_path: Path) -> None:
    for worker, part in enumerate(WORKERS):
        written(tmp_path / str(worker), part)
    assert broken(read_log(tmp_path), KEYS) == set()


@given(st.integers(0, len(WORKERS) * 6 - 1), st.randoms(use_true_random=False))
def test_a_lost_finish_is_noticed_and_a_lost_start_is_made_up_for(
    tmp_path_factory: pytest.TempPathFactory, place: int, random: Random
) -> None:
    lines = interleaved(random, WORKERS)
    lost = lines.pop(place)
    history = read_log(written(tmp_path_factory.mktemp("lost"), lines))
    assert len(history.executions) == len(KEYS)
    assert broken(history, KEYS) == ({(promises.EARNED, lost["key"])} if lost["event"] == "finish" else set())


@given(st.integers(0, len(WORKERS) * 6 - 1), st.data())
def test_a_torn_line_is_a_lost_line_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, place: int, data: st.DataObject
) -> None:
    lines = [one for part in WORKERS for one in part]
    texts = [f"\n{json.dumps(one)}\n" for one in lines]
    texts[place] = texts[place][: data.draw(st.integers(2, len(texts[place]) - 2))]  # its process died while it wrote
    path = tmp_path_factory.mktemp("torn") / "w.jsonl"
    path.write_text("".join(texts))
    history = read_log(path)
    assert history.torn == 1
    torn = lines[place]
    assert broken(history, KEYS) == ({(promises.EARNED, torn["key"])} if torn["event"] == "finish" else set())


def test_an_execution_within_another_of_the_same_key_ends_first(tmp_path: Path) -> None:
    inner, outer = line("start", 0, 0), {**line("start", 0, 0), "time": -1.0}
    history = read_log(written(tmp_path, [outer, inner, finish(0, 0)]))
    assert [(one.started, one.outcome) for one in history.executions] == [(-1.0, "interrupted"), (0.0, "returned")]


def test_progress_counts_what_is_new_once_and_whole_lines_only(tmp_path: Path) -> None:
    plan = {"event": "plan", "label": "sweep", "session": "today", "pid": 1, "thread": 1, "time": 0.0}
    first, second = WORKERS[0], WORKERS[1]
    raised = {**finish(2, 0), "outcome": "raised"}
    progress = WitnessFollower(tmp_path)
    assert progress.poll() == WitnessCounts()
    path = written(tmp_path, [{**plan, "runs": 9, "stored": 2}, *first, line("start", 2, 0)])
    assert progress.poll() == WitnessCounts(planned=9, stored=2, started=4, finished=3)
    assert progress.poll() == progress.total
    with path.open("ab") as file:
        whole = f"\n{json.dumps(raised, separators=(',', ':'))}\n".encode()
        file.write(whole[:60])
        file.flush()
        assert progress.poll().finished == 3, "half a line is not there yet"
        file.write(whole[60:])
    written(tmp_path, second, "other.jsonl")
    assert progress.poll() == WitnessCounts(planned=9, stored=2, started=7, finished=7, raised=1)
    assert progress.counts() == (9, 2 + 7)


def test_progress_of_a_session_passes_over_the_others(tmp_path: Path) -> None:
    earlier = [{**one, "session": "yesterday"} for one in WORKERS[1]]
    path = written(tmp_path, [*WORKERS[0], *earlier])
    assert WitnessFollower(path, "today").poll() == WitnessCounts(started=3, finished=3)
    assert WitnessFollower(path).poll() == WitnessCounts(started=6, finished=6)


def test_progress_of_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert WitnessFollower(tmp_path / "none.jsonl").poll() == WitnessCounts()
