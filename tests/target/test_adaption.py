"""A body is written once: both generations get the operation and the experiment that they ask for."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from lab_probe import body, build

from pytest_optbench.target import RunOptions, Target


def run_one(target: Target, function: Any, folder: Path, **more: Any) -> Any:
    experiment = build(target, [{"a": 1}], function, **more)
    target.run(experiment, RunOptions(str(folder)))
    return target.read(str(folder), experiment).runs[0]


def test_an_operation_keeps_the_reference_of_its_body(target: Target) -> None:
    assert target.operation(body, name="probe").ref == "lab_probe:body"
    assert target.operation(name="probe")(body).ref == "lab_probe:body"


def test_an_operation_keeps_the_source_of_its_body(facade: Target) -> None:
    import inspect

    assert inspect.getsource(facade.operation(body, name="probe").function) == inspect.getsource(body)


def test_a_body_gets_only_what_it_asks_for(target: Target, tmp_path: Path) -> None:
    def no_argument() -> None:
        pass

    def only_seeds(seeds: Any) -> None:
        assert seeds.rng("x").random() < 1

    assert run_one(target, no_argument, tmp_path / "none").status == "success"
    assert run_one(target, only_seeds, tmp_path / "seeds").status == "success"


def test_a_record_that_the_body_returns_counts(facade: Target, tmp_path: Path) -> None:
    def refuse() -> Any:
        return facade.module.RunRecord("", "", "failed")

    assert run_one(facade, refuse, tmp_path).status == "failed"


def test_the_scratch_folder_is_there_on_both(target: Target, tmp_path: Path) -> None:
    def write(runtime: Any, capture: Any) -> None:
        (runtime.scratch_dir / "note").write_text("x")
        capture.metric("size", (runtime.scratch_dir / "note").stat().st_size)

    assert run_one(target, write, tmp_path).metrics == {"size": 1}


@pytest.mark.parametrize("part", ["data", "figure", "subscribe_logger"])
def test_what_a_capture_cannot_take_fails_the_run_by_name(facade: Target, tmp_path: Path, part: str) -> None:
    def ask(capture: Any) -> None:
        getattr(capture, part)("x", 1)

    run = run_one(facade, ask, tmp_path)
    assert (run.status, run.error["type"]) == ("failed", "MissingFeatureError")
    assert run.error["message"] == f"lab_facade does not offer capture.{part}"


def test_an_unknown_attribute_stays_unknown(facade: Target, tmp_path: Path) -> None:
    def ask(capture: Any) -> None:
        capture.metrik("x", 1)

    assert run_one(facade, ask, tmp_path).error["type"] == "AttributeError"


def test_a_resolver_may_be_a_function(target: Target, tmp_path: Path) -> None:
    def double(context_meta: Any, params_raw: Any) -> dict[str, Any]:
        return {**params_raw, "a": 2 * params_raw["a"]}

    def keep(params: Any, capture: Any) -> None:
        capture.metric("a", params["a"])

    assert run_one(target, keep, tmp_path, resolver=double).metrics == {"a": 2}


def test_an_experiment_carries_what_it_was_given(target: Target) -> None:
    source = target.module.grid(a=[1, 2])
    built = build(target, source, tags=("one", "two"), description="why", context=None)
    assert built.experiment_id == "probe:1"
    assert built.params is source
    assert (built.tags, built.context) == (["one", "two"], {})
    assert [(bundle.root_seed, bundle.replicate_index) for bundle in built.seeds] == [(5, 0), (5, 1)]
    assert getattr(built, "description", "why") == "why"


def test_a_list_of_dicts_becomes_a_source(target: Target) -> None:
    assert [case.params for case in build(target, [{"a": 1}]).params] == [{"a": 1}]


WRAPPER = """
from lab_handle import *
from lab_handle import Experiment, FileStoreConfig, Run, ThreadExecutor, load_results, operation
from lab_handle import run as honest_run

def run(experiment, **options):
    handle = honest_run(experiment, **{**options, "resume": False})
    return handle
"""


def test_a_wrapper_in_the_users_folder_is_a_target(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pytest_optbench.target import load_target

    (tmp_path / "forgetful_lab.py").write_text(WRAPPER)
    monkeypatch.syspath_prepend(str(tmp_path))
    forgetful = load_target("forgetful_lab")
    assert forgetful.generation == "handle"
    experiment = build(forgetful, [{"a": 1}])
    for _ in range(2):
        summary = forgetful.run(experiment, RunOptions(str(tmp_path / "runs")))
        assert (summary.completed, summary.skipped) == (2, 0)
    assert importlib.util.find_spec("forgetful_lab") is not None
