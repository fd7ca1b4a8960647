"""Identity of code: what changes it, what does not, and that it is the same in every process."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.util
import itertools
import math
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from pytest_optbench.engine.identity.code import LOOKED_AT, code_hash

NUMBER = itertools.count()

BASE = """
import functools
import math

RATE = 0.1
ROOT = "/tmp/here"
rate = 0.5

def helper(x, power=2):
    return inner(x) ** power

def inner(x):
    return x + 1

def unused(x):
    return x

def chosen(x):
    return deep(x) * 2

def deep(x):
    return x * 5

def other(x):
    return x * 3

ALGORITHMS = {"first": chosen, "more": [("/tmp/here", 2, other)]}
faster = functools.partial(other, 1)

class Base:
    def fit(self, x):
        return x - 7

class Middle(Base):
    pass

class Model(Middle):
    order = 3
    def predict(self, x):
        return inner(x) * self.order
    @staticmethod
    def still(x):
        return in_static(x)
    @classmethod
    def make(cls, x):
        return in_class(x)
    @property
    def size(self):
        return in_property(1)
    @functools.cached_property
    def large(self):
        return in_cached(1)

def in_static(x):
    return x + 11

def in_class(x):
    return x + 12

def in_property(x):
    return x + 13

def in_cached(x):
    return x + 14

class Built:
    def build(self, x):
        return x + 15

BUILDERS = (Built, functools.partial(Built))

@functools.lru_cache
def cached(x):
    return x

def operate(params, seeds=(1, 2), *, context=None):
    '''Do it.'''
    model = Model()
    picked = ALGORITHMS["first"](1), faster(1), BUILDERS[0]()
    return [helper(x) * RATE + rate for x in params], ROOT, math.pi, model.predict(1), cached(2), picked
"""


def load(folder: Path, text: str, name: str = "same_name") -> ModuleType:
    """The text as a module of its own file, under the same name unless another is given."""
    path = folder / f"version{next(NUMBER)}.py"
    path.write_text(textwrap.dedent(text))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules are found by name while a test runs, as imported ones are."""
    monkeypatch.setitem(sys.modules, "same_name", ModuleType("same_name"))


def hash_of(folder: Path, text: str = BASE) -> str:
    return code_hash(load(folder, text).operate)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("* RATE + rate", "* RATE - rate"),
        ("seeds=(1, 2)", "seeds=(1, 3)"),
        ("context=None", "context=0"),
        ("power=2", "power=3"),
        ("return x + 1", "return x + 2"),
        ("RATE = 0.1", "RATE = 0.2"),
        ("RATE = 0.1", "RATE = 1"),
        ("order = 3", "order = 4"),
        ("inner(x) * self.order", "inner(x) + self.order"),
        ("def cached(x):\n    return x", "def cached(x):\n    return -x"),
        ("[helper(x)", "[unused(x)"),
        ("return deep(x) * 2", "return deep(x) * 4"),
        ("return x * 5", "return x * 6"),
        ("return x * 3", "return x * 4"),
        ('"first": chosen', '"first": other'),
        ('"first": chosen', '"second": chosen'),
        ("2, other)", "3, other)"),
        ("2, other)", "other, 2)"),
        ("partial(other, 1)", "partial(other, 2)"),
        ("partial(other, 1)", "partial(chosen, 1)"),
        ("return x - 7", "return x - 8"),
        ("return x + 11", "return x + 21"),
        ("return x + 12", "return x + 22"),
        ("return x + 13", "return x + 23"),
        ("return x + 14", "return x + 24"),
        ("return x + 15", "return x + 25"),
    ],
)
def test_what_the_operation_does_changes_its_identity(tmp_path: Path, old: str, new: str) -> None:
    assert old in BASE
    assert hash_of(tmp_path, BASE.replace(old, new)) != hash_of(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("import math\n", "import math\n\n\n# moved down\n\n"),
        ("    model = Model()", "    # a comment\n    model = (\n        Model()\n    )"),
        ("def unused(x):\n    return x", "def unused(x):\n    return 5"),
        ('ROOT = "/tmp/here"', 'ROOT = "/tmp/there"'),
        ('("/tmp/here", 2', '("/tmp/there", 2'),
        ("rate = 0.5", "rate = 0.7"),
    ],
)
def test_what_it_does_not_do_leaves_its_identity(tmp_path: Path, old: str, new: str) -> None:
    assert old in BASE
    assert hash_of(tmp_path, BASE.replace(old, new)) == hash_of(tmp_path)


def closing_over(value: Any) -> Any:
    def operate(params: Any) -> Any:
        return value, params

    return operate


@dataclasses.dataclass
class Twofold:
    factor: int = 0

    def one(self) -> int:
        return 1

    def other(self) -> int:
        return 2


@dataclasses.dataclass
class Holding:
    function: Any
    number: int


def test_closed_over_values_count() -> None:
    values: list[Any] = [
        1,
        1.0,
        2,
        "1",
        [1],
        None,
        load,
        closing_over,
        lambda: 1,
        lambda: 2,
        int,
        sys,
        threading.Lock(),
        *(math.sin, math.cos, np.sin, np.cos, str.upper, str.lower, [1].append, [1].extend),
        *(functools.partial(pow, 2), functools.partial(pow, 3), functools.partial(pow, 2, mod=3)),
        *(Twofold().one, Twofold().other, Twofold(1).one, Twofold.one),
        *([load], [closing_over], (load,), {"a": load}, {"b": load}, {"a": closing_over}, [1, load], [2, load]),
        *(Holding(load, 1), Holding(load, 2), Holding(closing_over, 1), np.vectorize, Twofold),
    ]
    assert len({code_hash(closing_over(value)) for value in values}) == len(values)
    assert code_hash(closing_over([1])) == code_hash(closing_over([1]))
    assert code_hash(closing_over(threading.Lock())) == code_hash(closing_over(threading.Lock()))
    assert code_hash(closing_over(Twofold().one)) == code_hash(closing_over(Twofold().one))


def test_a_table_that_holds_itself_has_an_end(tmp_path: Path) -> None:
    table: list[Any] = [load]
    table.append(table)
    assert code_hash(closing_over(table)) == code_hash(closing_over(table))
    assert hash_of(tmp_path, BASE + "\nALGORITHMS['self'] = ALGORITHMS") != hash_of(tmp_path)


def test_no_more_than_the_beginning_of_a_table_is_searched_for_code(tmp_path: Path) -> None:
    def hash_beside(numbers: int, text: str) -> str:
        table = f"DATA = {{'numbers': [0.5] * {numbers}, 'function': inner}}\n"
        return hash_of(tmp_path, f"def inner(x):\n    return {text}\n{table}def operate(x):\n    return DATA[x]\n")

    assert hash_beside(LOOKED_AT // 2, "1") != hash_beside(LOOKED_AT // 2, "2")
    assert hash_beside(LOOKED_AT * 2, "1") != hash_beside(LOOKED_AT * 2, "2"), (
        "the numbers are one part that is too long"
    )
    crowd = [threading.Lock() for _ in range(LOOKED_AT + 1)]
    assert code_hash(closing_over([*crowd, load])) == code_hash(closing_over([*crowd, closing_over]))


def test_functions_in_functions_and_decorators_count() -> None:
    def twice(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(params: Any) -> Any:
            return function(function(params))

        return wrapper

    def thrice(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(params: Any) -> Any:
            return function(function(function(params)))

        return wrapper

    plain = closing_over(1)
    hashes = [code_hash(function) for function in (plain, twice(plain), thrice(plain), twice(closing_over(2)))]
    assert len(set(hashes)) == 4


def test_recursion_ends() -> None:
    def even(n: int) -> bool:
        return n == 0 or odd(n - 1)

    def odd(n: int) -> bool:
        return n != 0 and even(n - 1)

    assert code_hash(even) != code_hash(odd)


def test_a_variable_that_is_not_assigned_yet_is_no_error() -> None:
    def operate() -> int:
        return later

    before = code_hash(operate)
    later = 1
    assert code_hash(operate) != before


def test_a_script_is_the_same_code_in_its_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = BASE.replace("(Built, functools.partial(Built))", "(Built, functools.update_wrapper(NAMED, Built))")
    text = text.replace("BUILDERS", "NAMED = functools.partial(Built)\nBUILDERS", 1)
    found = set()
    for name in ("__main__", "__mp_main__"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        found.add(code_hash(load(tmp_path, text, name).operate))
    assert len(found) == 1


LAMBDA = """
operate = lambda name: (name in {"adam", "sgd", "lion", "rmsprop"}, [one for one in name if one in {"a", "b", "c"}])
"""


@pytest.mark.parametrize("text", [BASE, LAMBDA], ids=["source", "bytecode"])
def test_the_identity_of_code_is_the_same_in_every_process(tmp_path: Path, text: str) -> None:
    (tmp_path / "same_name.py").write_text(text)
    code = (
        "import same_name; from pytest_optbench.engine.identity.code import code_hash; "
        "print(code_hash(same_name.operate))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "1", "77")
    }
    assert found == {hash_of(tmp_path, text)}
