"""Plans: lazy, exact in number, with ids that change with everything that decides a result; bad ones are refused."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest

import pytest_optbench.engine as metalab
from pytest_optbench.engine.planning.plan import KEPT_REPLICATES, Plan, Task, validate
from pytest_optbench.errors import IdentityError, InvalidInputError
from pytest_optbench.grids import Case


@metalab.operation
def operate(params):
    return params


@metalab.operation
def operate_otherwise(params):
    return [params]


def experiment(params: Any = None, seeds: Any = None, **more: Any) -> metalab.Experiment:
    about = {"name": "e", "version": "1", "context": None, "operation": operate, **more}
    params = metalab.grid(x=[1, 2], y=["a", "b"]) if params is None else params
    return metalab.Experiment(**about, params=params, seeds=metalab.seeds() if seeds is None else seeds)


def ids(*args: Any, **more: Any) -> list[str]:
    return [task.run_id for task in Plan.of(experiment(*args, **more)).tasks()]


class Counted:
    """Cases without end, which count how many were asked for."""

    def __init__(self) -> None:
        self.given = 0

    def __iter__(self) -> Iterator[Case]:
        while True:
            self.given += 1
            yield Case({"x": self.given}, f"c{self.given}", ())


def test_case_by_case_and_replicate_by_replicate() -> None:
    tasks = list(Plan.of(experiment(seeds=metalab.seeds(7, 3), tags=["all"])).tasks())
    assert [task.ordinal for task in tasks] == list(range(12))
    assert [task.params["x"] for task in tasks[::6]] == [1, 2]
    assert [task.seeds.replicate_index for task in tasks[:4]] == [0, 1, 2, 0]
    assert {task.seeds.root_seed for task in tasks} == {7}
    assert {task.tags for task in tasks} == {("all",)}
    assert len({task.run_id for task in tasks}) == 12


def test_tasks_and_cases_have_all_their_members() -> None:
    planned = experiment()
    assert [Task(*task) for task in Plan.of(planned).tasks()] == list(Plan.of(planned).tasks())
    assert [Case(*case) for case in planned.params] == list(planned.params)
    assert {len(task) for task in Plan.of(planned).tasks()} == {len(Task._fields)}
    assert {len(case) for case in planned.params} == {len(Case._fields)}


def test_the_same_plan_has_the_same_ids_every_time() -> None:
    assert ids() == ids()
    assert all(len(run_id) == 32 and int(run_id, 16) >= 0 for run_id in ids())


@pytest.mark.parametrize(
    "other",
    [
        {"name": "f"},
        {"version": "2"},
        {"context": {"a": 1}},
        {"operation": operate_otherwise},
        {"seeds": metalab.seeds(1)},
        {"params": metalab.grid(x=[1.0, 2.0], y=["a", "b"])},
        {"params": metalab.grid(x=[1, 2], z=["a", "b"])},
    ],
)
def test_whatever_decides_a_result_decides_the_id(other: dict[str, Any]) -> None:
    assert not set(ids()) & set(ids(**other))


@pytest.mark.parametrize("same", [{"description": "d"}, {"tags": ["t"]}, {"metadata": {"m": 1}}])
def test_what_decides_no_result_decides_no_id(same: dict[str, Any]) -> None:
    assert ids(**same) == ids()


def test_equal_parameters_are_one_run_and_the_number_is_of_tasks() -> None:
    twice = [Case({"x": x}, f"c{place}", ()) for place, x in enumerate((1, 2, 1))]
    found = ids(twice)
    assert found[0] == found[2] != found[1]
    assert Plan.of(experiment(twice)).size == 3


def test_the_order_of_names_is_no_difference() -> None:
    assert set(ids(metalab.grid(x=[1, 2], y=["a", "b"]))) == set(ids(metalab.grid(y=["a", "b"], x=[1, 2])))


def test_nothing_is_planned_before_it_is_asked_for() -> None:
    cases = Counted()
    tasks = Plan.of(experiment(cases)).tasks()
    assert cases.given == 0
    first = next(tasks)
    assert isinstance(first, Task)
    assert cases.given == 1
    assert len(list(islice(tasks, 99))) == 99
    assert cases.given == 100
    assert Plan.of(experiment(cases)).size is None


@pytest.mark.parametrize("sides", [1, 2, 6])
def test_memory_does_not_grow_with_the_plan(sides: int) -> None:
    space = metalab.grid(**{f"p{side}": range(1000) for side in range(sides)})
    planned = experiment(space)
    validate(planned)
    tracemalloc.start()
    try:
        assert sum(1 for _ in islice(Plan.of(planned).tasks(), 1000)) == 1000
        assert tracemalloc.get_traced_memory()[1] < 300_000  # bytes
    finally:
        tracemalloc.stop()
    assert Plan.of(planned).size == 1000**sides


def test_the_size_is_exact_beyond_64_bits() -> None:
    space = metalab.grid(**{f"p{side}": range(1000) for side in range(10)})
    assert Plan.of(experiment(space, metalab.seeds(0, 7))).size == 7 * 10**30


def test_many_replicates_are_not_held_in_memory() -> None:
    tasks = Plan.of(experiment(seeds=metalab.seeds(0, 10**12))).tasks()
    replicates = [task.seeds.replicate_index for task in islice(tasks, KEPT_REPLICATES + 10)]
    assert replicates == list(range(KEPT_REPLICATES + 10))


def test_a_resolver_decides_what_runs_get_and_sees_the_context() -> None:
    def resolve(context_meta: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        return {"z": context_meta["scale"] * params.pop("x")}

    resolved = experiment(context={"scale": 10}, param_resolver=resolve)
    assert [task.params for task in Plan.of(resolved).tasks()] == [{"z": 10}, {"z": 10}, {"z": 20}, {"z": 20}]
    attached = metalab.with_resolver(metalab.grid(x=[1, 2], y=["a", "b"]), resolve)
    assert [task.run_id for task in Plan.of(experiment(attached, context={"scale": 10})).tasks()] == [
        task.run_id for task in Plan.of(resolved).tasks()
    ]


def test_what_a_resolver_keeps_and_changes_changes_no_case() -> None:
    kept: list[int] = []

    def resolve(context_meta: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        context_meta["calls"].append(params["x"])
        kept.append(params["x"])
        return {"calls": context_meta["calls"], "kept": kept}

    sweep = experiment(metalab.grid(x=[1, 2]), param_resolver=resolve, context={"calls": []}, seeds=metalab.seeds())
    tasks = list(Plan.of(sweep).tasks())
    assert [task.params for task in tasks] == [{"calls": [1], "kept": [1]}, {"calls": [2], "kept": [1, 2]}]


def test_a_resolver_may_be_an_object() -> None:
    resolver = SimpleNamespace(resolve=lambda context_meta, params_raw: {"only": params_raw["x"]})
    assert next(Plan.of(experiment(param_resolver=resolver)).tasks()).params == {"only": 1}


@pytest.mark.parametrize(
    ("resolver", "said"),
    [
        (lambda meta, params: [1], r"c?.*\[1\]"),
        (lambda meta, params: {1: 2}, "dict of parameters"),
        (lambda meta, params: {}["missing"], "missing"),
    ],
)
def test_what_a_resolver_may_not_make_is_refused_with_its_case(resolver: Any, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        validate(experiment(param_resolver=resolver))
    assert "case " in str(caught.value)


def test_two_resolvers_or_none_that_can_be_called_are_refused() -> None:
    attached = metalab.with_resolver(metalab.grid(x=[1]), lambda meta, params: params)
    with pytest.raises(InvalidInputError, match="keep one"):
        validate(experiment(attached, param_resolver=lambda meta, params: params))
    with pytest.raises(InvalidInputError, match="callable"):
        validate(experiment(param_resolver=3))


@pytest.mark.parametrize(
    ("params", "where"),
    [
        (metalab.grid(x=[1], f=[0, print]), r"parameter 'f', value 1"),
        (metalab.grid(x=[{"deep": [object()]}]), r"parameter 'x', value 0\['deep'\]\[0\]"),
        (metalab.manual([{"x": 1}, {"x": lambda: 0}]), "'x'"),
        ([Case({"x": 1}, "first", ()), Case({"x": print}, "second", ())], r"second.*'x'"),
    ],
)
def test_a_value_without_identity_is_refused_by_name_before_anything_runs(params: Any, where: str) -> None:
    with pytest.raises(IdentityError, match=where):
        validate(experiment(params))


def test_a_context_without_identity_is_refused_by_name() -> None:
    with pytest.raises(IdentityError, match=r"context\['f'\]"):
        validate(experiment(context={"f": print}))


@pytest.mark.parametrize(
    ("params", "seeds", "said"),
    [
        ([], None, "nothing to run"),
        (None, [], "nothing to run"),
        (iter([Case({"x": 1}, "c", ())]), None, "only once"),
        (None, iter(metalab.seeds()), "only once"),
        (None, [metalab.SeedBundle(1), 2], r"seeds\[1\] is 2"),
        (None, range(3), r"seeds\[0\] is 0"),
    ],
)
def test_what_holds_nothing_or_lasts_only_once_is_refused(params: Any, seeds: Any, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        validate(experiment(params, seeds))


def test_cases_of_other_makers_are_taken_and_copied() -> None:
    shared = {"x": 1}
    foreign = SimpleNamespace(params=shared, case_id=7, tags=["t"])
    (task,) = Plan.of(experiment([foreign])).tasks()
    shared["x"] = 2
    assert (task.params, task.case_id, task.tags) == ({"x": 1}, "7", ("t",))


def test_cases_of_other_makers_may_have_a_resolver() -> None:
    foreign = [SimpleNamespace(params={"x": n}, case_id=str(n), tags=[]) for n in (1, 2)]
    attached = metalab.with_resolver(foreign, lambda meta, params: {"z": params["x"] * 10})
    sweep = experiment(attached, seeds=metalab.seeds(0, 3))
    assert Plan.of(sweep).size == 6
    assert [task.params for task in Plan.of(sweep).tasks()] == [{"z": 10}] * 3 + [{"z": 20}] * 3
    with pytest.raises(InvalidInputError, match="a resolver already"):
        metalab.with_resolver(attached, lambda meta, params: params)


@pytest.mark.parametrize(
    "odd", [{"x": 1}, 3, SimpleNamespace(params={"x": 1}), SimpleNamespace(params={"x": 1}, case_id="c", tags="fast")]
)
def test_what_is_no_case_is_refused_before_anything_runs(odd: Any) -> None:
    with pytest.raises(InvalidInputError, match="manual"):
        validate(experiment([Case({"x": 1}, "c", ()), odd]))
