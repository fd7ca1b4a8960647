"""Identity of code whose text is elsewhere, shared by several, or nowhere."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import linecache
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.engine.identity.code import code_hash


def test_lambdas_on_one_line_are_told_apart() -> None:
    one, two = (lambda x: x + 1), (lambda x: x + 2)
    assert code_hash(one) != code_hash(two)


def test_a_lambda_counts_by_its_text_and_not_by_that_of_its_neighbours() -> None:
    one, two = (lambda x: [x, (lambda y: y + 1)]), (lambda z: z)
    inner = one(1)[1]
    more, less = (
        (
            lambda x: [
                x,  # a comment
                (lambda y: y + 1),
            ]
        ),
        lambda z: z,
    )
    assert [code_hash(one), code_hash(inner), code_hash(two)] == [
        code_hash(more),
        code_hash(more(1)[1]),
        code_hash(less),
    ]
    assert len({code_hash(one), code_hash(inner), code_hash(two)}) == 3


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


@pytest.mark.parametrize("kept", [[], ["import sys\n", "def operate(x): return 0\n"]], ids=["nowhere", "of another"])
def test_code_without_source_counts_by_bytecode(kept: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if kept:  # as Python 3.13 keeps the text of `python -c`
        monkeypatch.setitem(linecache.cache, "<string>", (sum(map(len, kept)), None, kept, "<string>"))

    def made(text: str) -> Any:
        scope: dict[str, Any] = {}
        exec(f"def operate(x):\n    return {text}", scope)
        return scope["operate"]

    assert code_hash(made("x + 1")) == code_hash(made("x + 1"))
    assert len({code_hash(made(text)) for text in ("x + 1", "x + 2", "x + 1.0", "x - 1", "[y for y in x]")}) == 5
