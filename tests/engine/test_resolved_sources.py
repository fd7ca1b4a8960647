"""Sources with a resolver, and the names of kinds of sources: a look at a plan shows what runs get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment, noop

import pytest_optbench.engine as metalab
from pytest_optbench.errors import InvalidInputError

TIMEOUT = 60.0  # seconds, against a hang


def shifted(context_meta: dict[str, Any], params_raw: dict[str, Any]) -> dict[str, Any]:
    """Add what the context says."""
    return {"n": params_raw["n"] + context_meta.get("offset", 0) + context_meta.get("more", 0)}


class Listed:
    """Cases of somebody else."""

    def __iter__(self) -> Any:
        return iter([metalab.ParamCase({"n": 1}, "own-1", ["tag"])])  # type: ignore[arg-type]  # as metalab's are


def run_of(path: Path, source: Any, **parts: Any) -> list[tuple[Any, Any]]:
    results = metalab.run(experiment(noop, [], params=source, **parts), store=path).result(TIMEOUT)
    return sorted((run.params["n"], run.tags) for run in results)


def test_iterating_and_running_resolve_once(tmp_path: Path) -> None:
    source = metalab.with_resolver(metalab.grid(n=[1, 2]), shifted, {"offset": 10})
    assert [case.params for case in source] == [{"n": 11}, {"n": 12}]
    assert [source[1].params, source[-1].params, len(source), source.size] == [{"n": 12}, {"n": 12}, 2, 2]
    assert run_of(tmp_path, source, context={"more": 100}) == [(111, ()), (112, ())]


def test_what_is_given_comes_before_the_context(tmp_path: Path) -> None:
    source = metalab.with_resolver(metalab.grid(n=[1]), shifted).with_context({"offset": 5})
    assert run_of(tmp_path, source, context={"offset": 7}) == [(6, ())]


def test_parts_of_a_source_are_resolved(tmp_path: Path) -> None:
    source = metalab.with_resolver(metalab.grid(n=list(range(10))), shifted, {"offset": 1})
    assert [case.params["n"] for case in source[2:6:2]] == [3, 5]
    assert [case.params["n"] for case in source.shard(1, 5)] == [2, 7]
    assert sorted(case.params["n"] for case in source.sample(10, seed=1)) == list(range(1, 11))
    assert run_of(tmp_path, source[:2]) == [(1 + 0, ()), (1 + 1, ())]


def test_cases_of_somebody_else_keep_their_tags(tmp_path: Path) -> None:
    assert run_of(tmp_path / "a", Listed(), tags=["own"]) == [(1, ("own", "tag"))]
    source = metalab.with_resolver(Listed(), shifted)
    assert [(case.params, case.case_id, case.tags) for case in source] == [({"n": 1}, "own-1", ("tag",))]
    assert run_of(tmp_path / "b", source) == [(1, ("tag",))]
    with pytest.raises(TypeError, match="how many"):
        len(source)


def test_tags_of_a_list_reach_the_records(tmp_path: Path) -> None:
    source = metalab.manual([{"n": 1}, {"n": 2}], tags=["a", "b"])
    assert {case.tags for case in (*source, source[0], *source[1:])} == {("a", "b")}
    assert run_of(tmp_path, source, tags=["own"]) == [(1, ("own", "a", "b")), (2, ("own", "a", "b"))]
    assert len(metalab.load_results(tmp_path).filter(tags=["b", "own"])) == 2
    assert len(metalab.load_results(tmp_path).filter(tags=["c"])) == 0


@pytest.mark.parametrize("tags", ["ab", [1], [None]])
def test_tags_that_are_no_list_of_texts_are_refused(tags: Any) -> None:
    with pytest.raises(InvalidInputError, match="tags"):
        metalab.manual([{"n": 1}], tags=tags)


@pytest.mark.parametrize("resolver", [lambda meta, raw: [1], lambda meta, raw: None])
def test_a_resolver_that_returns_no_parameters_is_named(resolver: Any) -> None:
    with pytest.raises(InvalidInputError, match="returned"):
        list(metalab.with_resolver(metalab.grid(n=[1]), resolver))


def test_kinds_of_sources_tell_who_made_one() -> None:
    space = {"n": metalab.randint(0, 99)}
    made = [metalab.grid(n=[1]), metalab.random(space, n_trials=2, seed=1), metalab.manual([{"n": 1}])]
    kinds = [metalab.GridSource, metalab.RandomSource, metalab.ManualSource]
    assert [[isinstance(one, kind) for kind in kinds] for one in made] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]
    assert not any(isinstance([{"n": 1}], kind) for kind in kinds)
    assert [case.params for case in metalab.RandomSource(space, n_trials=2, seed=1)] == [c.params for c in made[1]]
