"""A baseline says what it was taken of; one that was taken under other conditions is announced first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sessions import TARGET, outcome, session

from pytest_optbench.report.compare import compare
from pytest_optbench.report.conditions import describe_conditions, different_conditions
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.gate import evaluate
from pytest_optbench.report.merge import merge_reports
from pytest_optbench.report.terminal import lines

VERSIONS = {"pytest-optbench": "0.1.0", "numpy": "2.0"}


def taken(**changed: Any) -> SessionReport:
    options: Mapping[str, str | int] = {"executor": "thread", "workers": 1}
    return replace(session(outcome()), **{"versions": VERSIONS, "options": options, **changed})


def machine(**changed: Any) -> dict[str, Any]:
    return {"machine": {**taken().machine, **changed}}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"target": {**TARGET, "name": "other"}}, "target other, now lab"),
        ({"target": {**TARGET, "generation": "facade"}}, "generation facade, now handle"),
        (machine(python="3.13.0"), "Python 3.13, now 3.11"),
        (machine(cores=8), "cores 8, now 2"),
        (machine(processor="another"), "processor another, now a processor"),
        ({"versions": {"pytest-optbench": "0.0.9"}}, "suite 0.0.9, now 0.1.0"),
        ({"options": {"executor": "process", "workers": 1}}, "executor process, now thread"),
        ({"options": {"executor": "thread", "workers": 4}}, "workers 4, now 1"),
    ],
)
def test_unlike_conditions_are_told_in_the_first_line_of_the_gate(changed: dict[str, Any], told: str) -> None:
    now = taken()
    now = replace(now, comparison=compare(now, taken(**changed), "main"))
    _, first, *_ = [line for line, _ in lines(replace(now, gate=evaluate((), now)))]
    assert first == f"UNLIKE main, so figures are hard to compare: {told}"[: len(first)]
    assert different_conditions(taken(), taken(**changed)) == (told,)


@pytest.mark.parametrize(
    "changed",
    [
        {"target": {**TARGET, "version": "2.0", "commit": "b" * 40, "path": "/elsewhere"}},
        machine(python="3.11.2", system="another kernel"),
        {"versions": {**VERSIONS, "numpy": "2.1"}},
        {"versions": {}, "options": {}},  # a report of an older format, which does not say
    ],
)
def test_what_is_expected_to_differ_is_not_told(changed: dict[str, Any]) -> None:
    assert different_conditions(taken(), taken(**changed)) == ()


def test_a_baseline_says_what_it_was_taken_of() -> None:
    of_commit = taken(target={**TARGET, "commit": "0123456789abcdef"})
    told = "lab 1.0 (commit 0123456789ab), Python 3.11.7, pytest-optbench 0.1.0, 2024-01-01T00:00:00Z"
    assert describe_conditions(of_commit) == told
    assert describe_conditions(merge_reports([of_commit, of_commit])) == f"2 sessions of {told}"
    now = taken()
    now = replace(now, comparison=compare(now, of_commit, "main"))
    assert any("lab 1.0 (commit 0123456789ab)" in line for line, _ in lines(replace(now, gate=evaluate((), now))))


def test_two_pythons_in_one_baseline_are_unlike_one() -> None:
    both = merge_reports([taken(), taken(**machine(python="3.13.0"))])
    assert different_conditions(taken(), both) == ("Python 3.11, 3.13, now 3.11",)
