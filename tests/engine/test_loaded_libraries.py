"""numpy that another thread is just importing is not there yet: nothing fails for it, and nothing waits for it."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import numpy.ma as ma
import pytest

from pytest_optbench.engine.encoding import artifacts, series
from pytest_optbench.engine.encoding.json_arrays import is_masked
from pytest_optbench.engine.encoding.loaded_numpy import loaded
from pytest_optbench.engine.encoding.strict_json import dumps, json_copy
from pytest_optbench.engine.planning import isolation


class Text(str):
    """A type that JSON has to look into."""


@pytest.fixture(params=["numpy", "numpy.ma"])
def half_imported(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(sys.modules, request.param, ModuleType(request.param))
    return str(request.param)


def test_what_is_whole_is_given() -> None:
    assert loaded("numpy") is np
    assert loaded("numpy.ma") is ma


def test_what_is_missing_or_half_imported_is_not(half_imported: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(half_imported) is None
    monkeypatch.delitem(sys.modules, half_imported)
    assert loaded(half_imported) is None


def test_a_module_that_has_only_some_of_it_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("numpy")
    module.ndarray = np.ndarray
    monkeypatch.setitem(sys.modules, "numpy", module)
    assert loaded("numpy") is None


def test_values_are_kept_meanwhile(half_imported: str) -> None:
    assert dumps([Text("a")]) == '["a"]'
    assert json_copy({"a": Text("b")}, "metric 'm'") == {"a": "b"}
    assert not is_masked(1.0)
    assert series.exact_float(7, "loss") == 7.0


@pytest.mark.parametrize("value", [1, [1], {"a": 1}, {}, object()])
def test_their_kind_is_found_meanwhile(half_imported: str, value: Any) -> None:
    assert artifacts.kind_of(value) == "json"


def test_they_are_isolated_meanwhile(half_imported: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(isolation.COPIERS, complex, raising=False)
    value = {"a": [1], "b": {2}, "c": 1j}
    assert isolation.copier(value)() == isolation.private_copy(value) == value
