"""Identity of code: what changes it, what does not, and that it is the same in every process."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import itertools
import subprocess
import sys
import textwrap
import threading
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_optbench.engine.code import code_hash

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

class Model:
    order = 3
    def predict(self, x):
        return inner(x) * self.order

@functools.lru_cache
def cached(x):
    return x

def operate(params, seeds=(1, 2), *, context=None):
    '''Do it.'''
    model = Model()
    return [helper(x) * RATE + rate for x in params], ROOT, math.pi, model.predict(1), cached(2)
"""


def load(folder: Path, text: str) -> ModuleType:
    """The text as a module of its own file, always under the same name."""
    path = folder / f"version{next(NUMBER)}.py"
    path.write_text(textwrap.dedent(text))
    spec = importlib.util.spec_from_file_location("same_name", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["same_name"] = module
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
    ]
    assert len({code_hash(closing_over(value)) for value in values}) == len(values)
    assert code_hash(closing_over([1])) == code_hash(closing_over([1]))
    assert code_hash(closing_over(threading.Lock())) == code_hash(closing_over(threading.Lock()))


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


def test_lambdas_on_one_line_are_told_apart() -> None:
    one, two = (lambda x: x + 1), (lambda x: x + 2)
    assert code_hash(one) != code_hash(two)


def test_no_module_but_its_own_is_looked_at_for_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    def operate(n: int) -> int:
        return n + 1

    before = code_hash(operate)
    monkeypatch.setattr(inspect, "getmodule", None)
    assert code_hash(operate) == before


def test_a_zipped_module_counts_by_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def packed(name: str, text: str) -> Any:
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr(f"{name}.py", text)
        monkeypatch.syspath_prepend(str(tmp_path / f"{name}.zip"))
        return importlib.import_module(name).operate

    plain = packed("zipped_plain", "def operate(n):\n    return n + 4\n")
    commented = packed("zipped_commented", "def operate(n):\n    # more\n    return (n + 4)\n")
    folded = packed("zipped_folded", "def operate(n):\n    return n + 2 * 2\n")
    assert plain.__code__.co_code == folded.__code__.co_code
    assert code_hash(plain) == code_hash(commented) != code_hash(folded)


def test_classes_without_source_count_by_their_members() -> None:
    def made(text: str) -> Any:
        scope: dict[str, Any] = {"__name__": "made"}
        exec(f"class Model:\n    {text}\n    def go(self): return 1\ndef operate(x):\n    return Model", scope)
        return scope["operate"]

    assert code_hash(made("order = 3")) == code_hash(made("order = 3")) != code_hash(made("order = 4"))


def test_code_without_source_counts_by_bytecode() -> None:
    def made(text: str) -> Any:
        scope: dict[str, Any] = {}
        exec(f"def operate(x):\n    return {text}", scope)
        return scope["operate"]

    assert code_hash(made("x + 1")) == code_hash(made("x + 1"))
    assert len({code_hash(made(text)) for text in ("x + 1", "x + 2", "x + 1.0", "x - 1", "[y for y in x]")}) == 5


LAMBDA = """
operate = lambda name: (name in {"adam", "sgd", "lion", "rmsprop"}, [one for one in name if one in {"a", "b", "c"}])
"""


@pytest.mark.parametrize("text", [BASE, LAMBDA], ids=["source", "bytecode"])
def test_the_identity_of_code_is_the_same_in_every_process(tmp_path: Path, text: str) -> None:
    (tmp_path / "same_name.py").write_text(text)
    code = "import same_name; from pytest_optbench.engine.code import code_hash; print(code_hash(same_name.operate))"
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
