"""Sources: what was imported counts, not what its file has become since."""

from __future__ import annotations

import ast
import importlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.engine.identity.sources import Sources
from pytest_optbench.engine.identity.syntax import canonical

TEXT = """
from functools import wraps

import pytest_optbench.engine as metalab

if True:
    class Model:
        order = 3

        class Inner:
            depth = 1

        def predict(self, x):
            def local():
                class Hidden:
                    pass
                return Hidden
            return local(), x * self.order

def helper(x):
    return x + 1

@metalab.operation
def operate(params):
    return helper(params["x"]), Model().predict(1)
"""
EDITS = [
    ("x + 1", "x + 2"),
    ('params["x"]', 'params["y"]'),
    ("from functools", "import math\nfrom functools"),
    ("from functools", "broken +"),
]
CLASS_EDITS = [("* self.order", "+ self.order"), ("order = 3", "order = 4")]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "edited_after_import.py"
    path.write_text(TEXT)
    yield path
    sys.modules.pop(path.stem, None)


def imported(path: Path) -> Any:
    importlib.invalidate_caches()
    return importlib.import_module(path.stem)


@pytest.mark.parametrize(("old", "new"), EDITS)
def test_what_is_edited_after_import_does_not_run_and_does_not_count(file: Path, old: str, new: str) -> None:
    operation = imported(file).operate
    before = operation.code_hash
    assert old in TEXT
    file.write_text(TEXT.replace(old, new) + "# longer\n")
    assert operation.code_hash == before


@pytest.mark.parametrize(("old", "new"), EDITS[:2] + CLASS_EDITS)
def test_what_was_imported_before_an_edit_is_not_what_is_imported_after_it(file: Path, old: str, new: str) -> None:
    module = imported(file)
    before = module.operate
    known = before.code_hash
    file.write_text(TEXT.replace(old, new) + "# longer\n")
    del sys.modules[file.stem]
    again = imported(file)
    assert again.operate.code_hash not in (known, before.code_hash)
    file.write_text(TEXT)
    assert importlib.reload(again).operate.code_hash == known


def test_what_takes_over_the_code_of_an_edited_file_counts_as_what_it_is_now(file: Path) -> None:
    operation = imported(file).operate
    known = operation.code_hash
    file.write_text(TEXT.replace('params["x"]', 'params["y"]') + "# longer\n")
    del sys.modules[file.stem]
    again = imported(file).operate
    operation.function.__code__ = again.function.__code__  # as automatic reloading does
    assert operation.code_hash == again.code_hash != known


def test_code_that_is_in_no_version_of_its_file_counts_by_its_bytecode(file: Path) -> None:
    module = imported(file)
    hashes = set()
    for number in range(3):
        file.write_text(TEXT.replace("x + 1", f"x + {number}") + "# longer\n" * number)
        scope: dict[str, Any] = {}
        exec(compile(f"def helper(x): return x - {number}", str(file), "exec"), scope)
        module.helper.__code__ = scope["helper"].__code__
        hashes.add(module.operate.code_hash)
    assert len(hashes) == 3


def test_the_file_of_a_decorated_function_is_not_that_of_its_decorator(file: Path) -> None:
    decorators = file.with_name("decorators_elsewhere.py")
    decorators.write_text(
        textwrap.dedent("""
        from functools import wraps
        def decorate(function):
            @wraps(function)
            def wrapper(params):
                return function(params)
            return wrapper
        """)
    )
    text = TEXT.replace(
        "@metalab.operation", "import decorators_elsewhere\n@metalab.operation\n@decorators_elsewhere.decorate"
    )
    file.write_text(text)
    try:
        operation = imported(file).operate
    finally:
        sys.modules.pop(decorators.stem, None)
    before = operation.code_hash
    file.write_text(text.replace("x + 1", "x + 2"))
    assert operation.code_hash == before


def test_classes_are_found_wherever_they_stand(file: Path) -> None:
    module, sources = imported(file), Sources({})
    hidden = module.Model().predict(1)[0]
    assert str(sources.of_class(module.Model)).startswith("ClassDef(name='Model', body=[Assign(")
    assert sources.of_class(module.Model.Inner) == canonical(ast.parse("class Inner:\n    depth = 1").body[0])
    assert sources.of_class(hidden) == canonical(ast.parse("class Hidden:\n    pass").body[0])
    assert sources.of_class(type("Made", (), {"__module__": module.__name__})) is None
    assert sources.of_class(int) is None
