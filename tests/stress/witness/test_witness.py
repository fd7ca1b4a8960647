"""The witness: every line of many processes arrives whole, torn lines hide nothing, and nothing is said unasked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from pytest_optbench.errors import InvalidInputError, WitnessError
from pytest_optbench.stress.process.barrier import arrive
from pytest_optbench.stress.witness import witness
from pytest_optbench.stress.witness.log import read, read_log

WRITER = """
import sys, threading
from pytest_optbench.stress.witness.witness import executing
def write(thread):
    for number in range(100):
        with executing(f"{sys.argv[1]}-{thread}-{number}", {"n": number}) as produced:
            produced.metrics["long"] = "x" * 5000
threads = [threading.Thread(target=write, args=(n,)) for n in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_the_lines_of_many_processes_and_threads_arrive_whole(tmp_path: Path) -> None:
    with witness.witnessing(tmp_path / "w.jsonl") as path:
        writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(n)]) for n in range(4)]
        assert [writer.wait(timeout=120) for writer in writers] == [0] * 4
    history = read_log(path)
    assert history.torn == 0
    assert {execution.key for execution in history.executions} == {
        f"{process}-{thread}-{number}" for process in range(4) for thread in range(2) for number in range(100)
    }
    assert {execution.outcome for execution in history.executions} == {"returned"}
    assert len({execution.pid for execution in history.executions}) == 4


def test_an_execution_is_told_as_it_was(tmp_path: Path) -> None:
    with witness.witnessing(tmp_path / "w.jsonl", "mine") as path:
        with witness.executing("a", {"x": 1}) as produced:
            produced.metrics["best"] = 0.5
            produced.series["f"] = [(0, 1.0), (1, 0.5)]
        with pytest.raises(ValueError, match="no"), witness.executing("b"):
            raise ValueError("no")
        witness.start("c")
    first, second, third = read(path)
    assert (first.outcome, first.session, first.metrics, first.pid) == ("returned", "mine", {"best": 0.5}, os.getpid())
    assert first.series is not None
    assert first.series["f"].points == 2
    assert (second.outcome, second.error) == ("raised", "ValueError: no")
    assert (third.outcome, third.finished) == ("interrupted", None)
    assert first.started <= (first.finished or 0)
    assert first.thread == threading.get_native_id()


@pytest.mark.parametrize("torn", [b'{"event": "start", "key": "x', b"\xff\xfe", b"[]", b'{"event": "start"}', b"null"])
def test_a_torn_line_is_counted_and_hides_no_other(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "w.jsonl"
    with witness.witnessing(path):
        with witness.executing("a"):
            pass
        with path.open("ab") as file:
            file.write(b"\n" + torn)
        with witness.executing("b"):
            pass
    history = read_log(path)
    assert [execution.key for execution in history.executions] == ["a", "b"]
    assert history.torn == 1


def test_without_a_witness_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with witness.executing("a"):
        pass
    witness.record_plan("label", runs=1)
    assert list(tmp_path.iterdir()) == []


def test_an_execution_that_outlives_its_sweep_is_told_to_its_own_witness(tmp_path: Path) -> None:
    with witness.witnessing(tmp_path / "w.jsonl", "mine") as path, ExitStack() as under_way:
        under_way.enter_context(witness.executing("a")).metrics["best"] = 0.5
        outlives = under_way.pop_all()
    with witness.witnessing(tmp_path / "other.jsonl", "other"):
        outlives.close()
    (execution,) = read(path)
    assert (execution.outcome, execution.session, execution.metrics) == ("returned", "mine", {"best": 0.5})


def test_what_was_set_before_is_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(witness.VARIABLE, "before")
    monkeypatch.delenv(witness.SESSION_VARIABLE, raising=False)
    with pytest.raises(KeyError), witness.witnessing(tmp_path / "w.jsonl"):
        raise KeyError
    assert os.environ[witness.VARIABLE] == "before"
    assert witness.SESSION_VARIABLE not in os.environ


def test_a_witness_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(witness.VARIABLE, str(tmp_path))
    with pytest.raises(WitnessError, match="cannot write"):
        witness.start("a")


def test_a_file_that_was_never_written_is_an_empty_history(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == ()


def test_plans_are_told(tmp_path: Path) -> None:
    with witness.witnessing(tmp_path / "w.jsonl") as path:
        witness.record_plan("sweep", runs=5, stored=2)
    (plan,) = read_log(path).plans
    assert (plan.label, plan.runs, plan.stored) == ("sweep", 5, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": True}),
        ({"a": "1"}, {"a": 1}),
        ({"a": 0.0}, {"a": -0.0}),
        ({"a": None}, {}),
    ],
)
def test_keys_differ_where_params_do(one: dict[str, object], other: dict[str, object]) -> None:
    assert witness.run_key(one, 0, 0) != witness.run_key(other, 0, 0)


def test_keys_depend_on_seed_and_replicate_and_not_on_order() -> None:
    params = {"a": 1, "b": [1, 2.5]}
    assert witness.run_key(params, 0, 0) == witness.run_key(dict(reversed(params.items())), 0, 0)
    assert len({witness.run_key(params, seed, replicate) for seed in range(2) for replicate in range(2)}) == 4


def test_a_parameter_without_an_exact_text_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="odd"):
        witness.run_key({"odd": object()}, 0, 0)


def test_the_last_shard_to_arrive_is_told_so_once(tmp_path: Path) -> None:
    assert [arrive(tmp_path, "sweep", shard, 3) for shard in (2, 0, 0, 1, 1)] == [False, False, False, True, False]


def test_one_of_many_processes_is_the_last(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from pytest_optbench.stress.process.barrier import arrive;"
    code += "print(arrive(Path(sys.argv[1]), 's', int(sys.argv[2]), 6))"
    shards = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)], stdout=subprocess.PIPE, text=True)
        for n in range(6)
    ]
    assert sorted(json.loads(shard.communicate(timeout=60)[0].lower()) for shard in shards) == [False] * 5 + [True]
