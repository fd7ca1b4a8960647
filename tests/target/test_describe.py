"""What is said of a module: generation, optional parts, what it lacks, what a user should know."""

from __future__ import annotations

import importlib.metadata
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pytest_optbench.errors import MissingFeatureError, TargetError
from pytest_optbench.target import Target, load_target
from pytest_optbench.target.inspection import NOT_INSTALLED, inspect_module


def copied(target: Target, name: str = "copy", **changed: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update({**vars(target.module), "__name__": name, **changed})
    return module


def without(target: Target, *parts: str) -> ModuleType:
    module = copied(target)
    for part in parts:
        delattr(module, part)
    return module


def test_the_generations_are_told_apart_by_their_names(handle: Target, facade: Target) -> None:
    assert (handle.generation, facade.generation) == ("handle", "facade")


def test_one_line_says_what_is_under_test(handle: Target) -> None:
    assert handle.describe() == f"lab_handle 1.2 (handle) from {handle.module.__file__}"


def test_a_version_that_is_nowhere_is_unknown(facade: Target) -> None:
    assert facade.version == "unknown"


def test_a_version_may_come_from_the_distribution(facade: Target) -> None:
    expected = importlib.metadata.version("pytest")
    assert inspect_module("pytest.something", copied(facade)).version == expected


def test_optional_parts_are_found_by_looking(handle: Target, facade: Target) -> None:
    here = {"thread", "cancel", "steps", "data", "params", "logs", "delete", "length", "shared-executor"}
    assert here <= handle.features
    assert not handle.features & {"process", "indexing", "grid-algebra", "check", "slurm"}
    assert not facade.features & {"cancel", "steps", "data", "params", "logs", "shared-executor"}


def test_what_the_module_has_more_is_offered_more(handle: Target) -> None:
    module = copied(handle, ProcessExecutor=object, grid_union=print, random=print)
    assert inspect_module("copy", module).features - handle.features == {"process", "grid-algebra", "random"}


def test_a_grid_that_cannot_be_made_offers_nothing(handle: Target) -> None:
    def refuse(**axes: Any) -> None:
        raise RuntimeError

    assert handle.features - inspect_module("copy", copied(handle, grid=refuse)).features == {"length"}


def test_a_module_without_any_of_it_is_no_metalab() -> None:
    with pytest.raises(TargetError, match=r"json .* is not a metalab: it lacks operation, Experiment, run, seeds"):
        load_target("json")


def test_missing_parts_are_listed(handle: Target, facade: Target) -> None:
    with pytest.raises(TargetError, match=r"\(handle generation\): seeds, load_results$"):
        inspect_module("copy", without(handle, "seeds", "load_results"))
    with pytest.raises(TargetError, match=r"\(facade generation\): FileStore$"):
        inspect_module("copy", without(facade, "FileStore"))


def test_a_missing_feature_is_named_with_what_there_is(handle: Target) -> None:
    handle.require("thread", "steps")
    with pytest.raises(MissingFeatureError, match=r"lab_handle does not offer 'check'; it offers .*thread"):
        handle.require("thread", "check")


@pytest.mark.parametrize(("registered", "notes"), [((), (NOT_INSTALLED,)), (("file",), ())])
def test_metalab_that_is_not_installed_is_noted(
    handle: Target, monkeypatch: pytest.MonkeyPatch, registered: tuple[str, ...], notes: tuple[str, ...]
) -> None:
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: registered)
    assert inspect_module("metalab", copied(handle, "metalab")).notes == notes
    wrapper = copied(handle, "wrapper", run=SimpleNamespace(__module__="metalab.runner"))
    assert inspect_module("wrapper", wrapper).notes == notes


def test_others_have_no_entry_points_to_miss(handle: Target, facade: Target) -> None:
    assert handle.notes == facade.notes == ()
    assert inspect_module("metalab", copied(facade, "metalab")).notes == ()
