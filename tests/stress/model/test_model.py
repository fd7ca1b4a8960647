"""The model says what it is meant to say: cases, identities, code, captures, sweeps."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_optbench.stress import model
from pytest_optbench.stress.model.code import code_of
from pytest_optbench.stress.model.observed_text import Opaque, as_json, exact_text, labelled
from pytest_optbench.stress.model.results import STORES


def params(source: Any) -> list[dict[str, Any]]:
    return [case.params for case in source]


def test_the_last_axis_turns_fastest_and_parts_are_those_of_a_list() -> None:
    grid = model.grid(a=[1, 2], b=["x", "y"])
    assert params(grid) == [{"a": a, "b": b} for a in (1, 2) for b in ("x", "y")]
    assert params(grid[1:3]) == params(grid)[1:3]
    assert [params(grid.shard(at, 3)) for at in range(3)] == [params(grid)[at::3] for at in range(3)]
    assert grid[-1].params == {"a": 2, "b": "y"}


def test_conditions_look_at_types_and_absent_parameters_fit_none() -> None:
    rows = model.manual([{"a": 1}, {"a": 1.0}, {"b": 1}])
    assert params(rows.where({"a": 1})) == [{"a": 1}]
    assert params(rows.without({"a": [1, 1.0]})) == [{"b": 1}]
    assert params(rows.when({"b": lambda value: value == 1}, c=[5, 6])) == [
        {"a": 1},
        {"a": 1.0},
        {"b": 1, "c": 5},
        {"b": 1, "c": 6},
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0), (1, True), (0.0, -0.0), ([1], (1,)), ({1}, frozenset({1})), ("1", 1), (np.arange(3), [0, 1, 2]),
        (np.arange(3), np.arange(3.0)), (np.array(1), np.array([1])), (np.int64(1), np.int32(1)), ({1: 2}, {"1": 2}),
    ],
)  # fmt: skip
def test_texts_tell_values_apart(one: Any, other: Any) -> None:
    assert exact_text(one) != exact_text(other)


def test_texts_of_equal_values_are_equal() -> None:
    assert exact_text({"a": {1, 2}, "b": math.nan}) == exact_text({"b": math.nan, "a": {2, 1}})
    assert exact_text(np.arange(6).reshape(2, 3).T) == exact_text(np.ascontiguousarray(np.arange(6).reshape(2, 3).T))
    assert exact_text(as_json({"a": (1, np.float64(0.5))})) == exact_text({"a": [1, 0.5]})


def test_opaque_texts_count_by_their_pattern_alone() -> None:
    one = {("a",): Opaque("x"), ("b",): Opaque("x"), ("c",): Opaque("y"), ("d",): "z"}
    same = {("a",): Opaque("7"), ("b",): Opaque("7"), ("c",): Opaque("8"), ("d",): "z"}
    other = {("a",): Opaque("7"), ("b",): Opaque("8"), ("c",): Opaque("8"), ("d",): "z"}
    assert labelled(one) == labelled(same) != labelled(other)


@pytest.mark.parametrize(
    ("text", "is_other"),
    [
        ("RATE = 2\n# a comment\ndef helper(x):\n\n    return x * RATE\n\ndef own(x):\n    return helper(x)\n", False),
        ("RATE = 3\ndef helper(x):\n    return x * RATE\n\ndef own(x):\n    return helper(x)\n", True),
        ("RATE = 2\ndef helper(x):\n    return x + RATE\n\ndef own(x):\n    return helper(x)\n", True),
        (
            "RATE = 2\ndef helper(x):\n    return x * RATE\n\ndef own(x):\n    return helper(x)\n\ndef no(): pass\n",
            False,
        ),
    ],
    ids=["comment", "constant", "helper", "unused"],
)
def test_the_code_of_a_function_is_what_it_uses(tmp_path: Path, text: str, is_other: bool) -> None:
    first = "RATE = 2\ndef helper(x):\n    return x * RATE\n\ndef own(x):\n    return helper(x)\n"
    codes = [code_of(imported(tmp_path / f"{number}.py", code).own) for number, code in enumerate((first, text))]
    assert (codes[0] != codes[1]) is is_other


def imported(path: Path, text: str) -> Any:
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@model.operation(name="one")
def one(params: Any, capture: Any) -> None:
    capture.metric("before", params["n"])
    rows = [1]
    capture.artifact("rows", rows)
    rows.append(2)
    params["n"] = "spoilt"
    if capture.metrics["before"] == 2:
        raise ValueError("two")


def experiment(*numbers: int, **fields: Any) -> Any:
    about = {"name": "e", "version": "1", "context": {}, "operation": one, "seeds": model.seeds()}
    return model.Experiment(**{**about, "params": model.manual([{"n": n} for n in numbers]), **fields})


def test_a_sweep_executes_what_is_missing_failed_or_other() -> None:
    STORES.clear()
    counted = [
        (status.completed, status.failed, status.skipped)
        for status in (
            model.run(experiment(1, 2), "place").status,
            model.run(experiment(1, 2, 3), "place").status,
            model.run(experiment(1, context={"x": 1}), "place").status,
            model.run(experiment(1), "place", resume=False).status,
            model.run(experiment(1), "another place").status,
        )
    ]
    assert counted == [(1, 1, 0), (1, 1, 1), (1, 0, 0), (1, 0, 0), (1, 0, 0)]
    results = model.load_results("place", "e:1")
    assert sorted(run.params["n"] for run in results) == [1, 1, 2, 3]
    assert [run.metrics for run in results.failed] == [{"before": 2}]
    assert {exact_text(run.artifact("rows")) for run in results} == {"[1]"}
    assert [run.error for run in results.filter(status="failed")] == [{"type": "ValueError", "message": "two"}]


def test_events_tell_what_happened_in_order() -> None:
    STORES.clear()
    heard: list[Any] = []
    model.run(experiment(2), "place", on_event=heard.append)
    model.run(experiment(3), "place", on_event=heard.append)
    model.run(experiment(3), "place", on_event=heard.append)
    assert [event.kind for event in heard] == [
        *("run_started", "artifact_saved", "run_failed"),
        *("run_started", "artifact_saved", "run_finished"),
        "run_skipped",
    ]
