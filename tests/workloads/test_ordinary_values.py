"""Ordinary values and names: what no metalab may refuse, and what it may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from pytest_optbench.workloads.ordinary_values import is_ordinary, ordinary_names

ITSELF: list[Any] = []
ITSELF.append(ITSELF)


@dataclass
class Settings:
    value: Any


@pytest.mark.parametrize(
    "value", [None, True, 1, -(2**63), 0.0, -0.0, 5e-324, 1e308, "", "é\u200b", {"a": [1, {"b": 2}]}]
)
def test_plain_values_are_ordinary(value: Any) -> None:
    assert is_ordinary(value)


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        float("nan"),
        float("inf"),
        "\0",
        "\udc80",
        b"a",
        (1,),
        {1},
        {1: 2},
        {"a": object()},
        np.float64(1),
        1j,
        ITSELF,
    ],
)
def test_what_a_metalab_may_refuse_is_not(value: Any) -> None:
    assert not is_ordinary(value)


def test_dataclasses_are_ordinary_in_contexts_alone() -> None:
    assert is_ordinary(Settings([Settings(1)]), classes=True)
    assert not is_ordinary(Settings([1]))
    assert not is_ordinary(Settings((1,)), classes=True)


def test_ordinary_names_may_hold_dots_dashes_and_blanks() -> None:
    names = ("a", "model.json", "x.1", "a b", "A-b_c", "0", "n" * 100)
    assert ordinary_names(names) == frozenset(names)


@pytest.mark.parametrize(
    "name", ["", ".", "a.", "a ", ".a", "_a", "a..b", "a/b", "é", "CON", "nul.txt", "n" * 101, "a\n"]
)
def test_other_names_may_be_refused(name: str) -> None:
    assert not ordinary_names([name])


def test_names_that_differ_in_case_alone_may_be_refused() -> None:
    assert ordinary_names(["Loss", "loss", "other", "other"]) == frozenset()
