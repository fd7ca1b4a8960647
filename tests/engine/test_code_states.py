"""What is kept while runs execute is no code; what a session defines anew is."""

from __future__ import annotations

import importlib.util
import itertools
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_optbench.engine.identity.code import Code, code_hash
from pytest_optbench.engine.planning.operation import Operation

STATEFUL = """
import functools

def memo(function):
    cache = {}
    @functools.wraps(function)
    def remembering(x):
        if x not in cache:
            cache[x] = function(x)
        return cache[x]
    return remembering

def counted(function):
    calls = 0
    @functools.wraps(function)
    def counting(x):
        nonlocal calls
        calls += 1
        return function(x)
    return counting

@counted
@memo
def square(x):
    return x * x

COMPILED = {}
def compiled(n):
    if n not in COMPILED:
        COMPILED[n] = lambda x: x * n
    return COMPILED[n]

solver = None
def lazy():
    global solver
    solver = solver or (lambda x: x)
    return solver

TABLE = {"square": square, "calls": 0}

class Model:
    made = {}
    @classmethod
    def of(cls, n):
        return cls.made.setdefault(n, type(f"Model{n}", (cls,), {}))

CALLS = 0
LIMIT = 3

def helper(x):
    return x + 1

def operate(params):
    global CALLS
    CALLS += 1
    TABLE["calls"] += 1
    Model.of(params)
    return helper(square(params) + compiled(params)(1) + lazy()(LIMIT))
"""


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    path = tmp_path / "stateful_module.py"
    path.write_text(STATEFUL)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_what_runs_keep_makes_no_other_code(module: Any) -> None:
    operation = Operation(module.operate)
    known = operation.code_hash
    for number in range(3):
        operation(number)
    assert operation.code_hash == known
    assert Code(module.operate).is_current


@pytest.mark.parametrize("other", ["helper", "LIMIT", "Model", "TABLE", "code"])
def test_what_is_defined_anew_is_other_code(module: Any, other: str) -> None:
    operation = Operation(module.operate)
    known = operation.code_hash
    if other == "code":
        module.helper.__code__ = (lambda x: x + 2).__code__
    else:
        made: dict[str, Any] = {"__name__": module.__name__}
        exec("def helper(x): return x + 2\nLIMIT = 4\nTABLE = {'other': helper}\nclass Model: made = 1", made)
        setattr(module, other, made[other])
    assert operation.code_hash != known


def test_a_counter_in_a_closure_is_state() -> None:
    def counter(step: int) -> Any:
        calls = 0

        def count() -> int:
            nonlocal calls
            calls += step
            return calls

        return count

    one = counter(1)
    known = code_hash(one)
    assert one() == 1
    assert code_hash(one) == known != code_hash(counter(2))


def test_what_is_defined_late_counts_from_then_on(module: Any) -> None:
    operation = Operation(module.operate)
    helper = vars(module).pop("helper")
    before = operation.code_hash
    module.helper = helper
    assert operation.code_hash != before


def test_the_same_number_again_is_no_other_code(module: Any) -> None:
    code = Code(module.operate)
    module.LIMIT = float("3") * 1000.0
    assert not code.is_current
    code = Code(module.operate)
    module.LIMIT = float("3") * 1000.0
    assert code.is_current


def test_a_dict_that_is_being_filled_is_no_error() -> None:
    class Filling(dict[str, int]):
        """As another thread fills a dict while it is read."""

        def __iter__(self) -> Any:
            raise RuntimeError("dictionary changed size during iteration")

        keys = values = items = __iter__  # type: ignore[assignment]

    def closing_over(value: Any) -> Any:
        return lambda: value

    assert code_hash(closing_over(Filling())) == code_hash(closing_over(Filling()))


def linked(number: int) -> list[Any]:
    """Dicts that refer to their neighbours and hold what has no identity."""
    nodes: list[dict[str, Any]] = [{"lock": threading.Lock(), "function": linked} for _ in range(number)]
    for one, next_one in itertools.pairwise(nodes):
        one["next"], next_one["last"] = next_one, one
    return nodes


@pytest.mark.parametrize("number", [3, 3000])
def test_what_is_linked_to_and_fro_has_an_end(number: int) -> None:
    first = linked(number)[0]

    def operate() -> Any:
        return first

    assert code_hash(operate) == code_hash(operate)


AS_MODULE = """
import dataclasses
import pytest_optbench.engine as metalab

@dataclasses.dataclass(order=True)
class Settings:
    number: int = 1

@metalab.operation
def operate(params, capture):
    capture.metric("number", Settings(params["x"]).number)

if __name__ == "__main__":
    sweep = metalab.Experiment("e", "1", None, operate, metalab.grid(x=[1, 2]), metalab.seeds())
    print(metalab.run(sweep, store="store", executor=metalab.ProcessExecutor(1)).result().summary()["success"])
"""


@pytest.mark.parametrize("how", [["as_module.py"], ["-m", "as_module"]], ids=["script", "module"])
def test_the_main_module_is_the_same_code_in_a_worker(tmp_path: Path, how: list[str]) -> None:
    (tmp_path / "as_module.py").write_text(AS_MODULE)
    ended = subprocess.run(
        [sys.executable, *how], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.stdout, ended.stderr) == ("2\n", "")
