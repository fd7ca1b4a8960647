"""Operations: what they may ask for, where other processes find them, and what is refused when they are defined."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import pytest_optbench.engine as metalab
from pytest_optbench.engine.planning.operation import Operation, find_operation, load_operation
from pytest_optbench.errors import InvalidInputError, UnknownNameError

OFFERED = {"context": "c", "params": "p", "seeds": "s", "runtime": "r", "capture": "k"}


@metalab.operation
def plain(params, capture):
    """Plain."""
    return params, capture


@metalab.operation(name="given", version="3")
def named(*, seeds):
    return seeds


@metalab.operation()
def everything(capture, runtime, seeds, params, context):
    return context, params, seeds, runtime, capture


@metalab.operation
def nothing():
    return "done"


SCALE = 3


@metalab.operation
def scaled(params):
    return SCALE * params


class Holder:
    @staticmethod
    @metalab.operation
    def inside(params):
        return params


not_an_operation = 3


def test_it_is_called_with_what_it_asks_for_by_name() -> None:
    assert plain.invoke(**OFFERED) == ("p", "k")
    assert named.invoke(**OFFERED) == "s"
    assert everything.invoke(**OFFERED) == ("c", "p", "s", "r", "k")
    assert nothing.invoke(**OFFERED) == "done"


def test_it_can_still_be_called_as_a_function() -> None:
    assert plain(1, capture=2) == (1, 2)
    assert plain.__doc__ == "Plain."
    assert plain.__name__ == "plain"


def test_name_version_and_reference() -> None:
    assert (plain.name, plain.version, plain.ref) == ("plain", None, f"{__name__}:plain")
    assert (named.name, named.version) == ("given", "3")
    assert Holder.inside.ref == f"{__name__}:Holder.inside"


def test_attributes_of_the_function_are_kept_but_for_those_that_an_operation_has() -> None:
    def tagged(params):
        return params

    vars(tagged).update(name="x", version="x", function=None, ref="x:y", asks=(), invoke=None, code_hash="x", tag="t")
    made: Any = metalab.operation(name="real", version="2")(tagged)
    assert (made.name, made.version, made.function, made.tag) == ("real", "2", tagged, "t")
    assert made.ref.startswith(f"{__name__}:test_attributes")
    assert made.invoke(**OFFERED) == "p"
    assert len(made.code_hash) == 32


def test_the_code_counts_as_it_is_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    before = scaled.code_hash
    monkeypatch.setitem(globals(), "SCALE", 4)
    assert scaled.code_hash != before
    monkeypatch.undo()
    assert scaled.code_hash == before


@pytest.mark.parametrize("operation", [plain, named, Holder.inside], ids=lambda one: one.ref)
def test_a_pickle_holds_the_reference_and_finds_the_same_object(operation: Operation) -> None:
    data = pickle.dumps(operation)
    assert pickle.loads(data) is operation
    assert len(data) < 200


def test_the_code_counts_and_the_name_does_not() -> None:
    def twice(params):
        return 2 * params

    def thrice(params):
        return 3 * params

    hashes = {metalab.operation(function).code_hash for function in (twice, thrice)}
    assert len(hashes) == 2
    assert metalab.operation(name="other")(twice).code_hash == metalab.operation(twice).code_hash
    assert all(len(code) == 32 and int(code, 16) for code in hashes)


def wants_more(params, weather):
    pass


def wants_many(*params):
    pass


def wants_any(**params):
    pass


def by_position(params, /):
    pass


async def later(params):
    pass


def one_by_one(params):
    yield params


def test_what_is_not_offered_is_refused_with_what_is() -> None:
    with pytest.raises(UnknownNameError, match=r"weather.*capture, context, params, runtime, seeds"):
        metalab.operation(wants_more)


@pytest.mark.parametrize("function", [wants_many, wants_any, by_position])
def test_arguments_without_a_name_are_refused(function: Any) -> None:
    with pytest.raises(InvalidInputError, match=function.__name__):
        metalab.operation(function)


@pytest.mark.parametrize("function", [later, one_by_one])
def test_what_would_return_before_it_has_run_is_refused(function: Any) -> None:
    with pytest.raises(InvalidInputError, match="without running"):
        metalab.operation(function)


@pytest.mark.parametrize("thing", [print, Holder, 3, plain])
def test_what_is_no_function_is_refused(thing: Any) -> None:
    with pytest.raises(InvalidInputError, match="def"):
        metalab.operation(thing)


def test_finding_by_reference() -> None:
    assert find_operation(f"{__name__}:Holder.inside") is Holder.inside
    assert load_operation(f"{__name__}:plain") is plain


@pytest.mark.parametrize("ref", ["no_such_module:x", f"{__name__}:missing", f"{__name__}:Holder.missing", "json:"])
def test_a_reference_to_nothing_is_refused_clearly(ref: str) -> None:
    with pytest.raises(InvalidInputError, match="top level of a module"):
        load_operation(ref)


def test_a_reference_to_something_else_is_refused_clearly() -> None:
    with pytest.raises(InvalidInputError, match="@operation"):
        load_operation(f"{__name__}:not_an_operation")
