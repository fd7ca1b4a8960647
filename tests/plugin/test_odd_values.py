"""Whatever a scenario hands over, its outcome is kept: converted, or refused by name, and no break is lost."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugin_runs import Run

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.report.document import read
from pytest_optbench.report.outcome import BrokenPromise, ItemOutcome, from_properties
from pytest_optbench.report.plain_data import count, flag, number
from pytest_optbench.text import plain_text


class Mute:
    """What cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("not a word")

    __repr__ = __str__


class Lone(Scenario):
    """A scenario of no session."""

    replay = "pytest"  # type: ignore[assignment]

    def __init__(self) -> None:
        mark = pytest.mark.breaking_point("odd", light=1).mark
        item: Any = SimpleNamespace(
            name="test_odd[light]",
            nodeid="test_odd.py::test_odd[light]",
            callspec=SimpleNamespace(params={"load": Load("odd", "light", 1)}),
            get_closest_marker=lambda _: mark,
        )
        session: Any = SimpleNamespace(
            settings=None, target=None, turn_token=SimpleNamespace(is_shared=False), shared=Path(), folder=Path()
        )
        super().__init__(item, session)


NUMBERS = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.fractions(), st.decimals(), st.complex_numbers(),
    st.floats(width=32).map(np.float32), st.integers(-100, 100).map(np.int8), st.booleans().map(np.bool_),
    st.just(np.array([1.5])), st.just(np.array([1, 2])), st.just(10**400), st.just(np.datetime64("NaT", "s")),
)  # fmt: skip
ANYTHING = st.one_of(
    NUMBERS, st.text(st.characters()), st.just("\ud800"), st.none(), st.builds(ValueError, st.text()), st.just(Mute()),
    st.binary(), st.lists(st.integers()), st.just(object()), st.just(type),
)  # fmt: skip
CALLS: dict[str, Callable[[Scenario, Any], object]] = {
    "ran(executed)": lambda scenario, odd: scenario.ran(executed=odd, audited=1, seconds=1.0),
    "ran(audited)": lambda scenario, odd: scenario.ran(executed=1, audited=odd, seconds=1.0),
    "ran(seconds)": lambda scenario, odd: scenario.ran(executed=1, audited=1, seconds=odd),
    "examined(cases)": lambda scenario, odd: scenario.examined(odd),
    "breaks(others)": lambda scenario, odd: scenario.breaks("kept", "lost", odd),
    "limit('name', value)": lambda scenario, odd: scenario.limit("name", odd, "runs"),
    "limit('name', curve)": lambda scenario, odd: scenario.limit("name", 1, "runs", [(1, 1, True), (odd, odd, odd)]),
    "limit('name', samples)": lambda scenario, odd: scenario.limit("name", 1, "runs", samples=[1, odd, 1]),
    "limit('name', kind)": lambda scenario, odd: scenario.limit("name", 1, "runs", kind=odd),
    "limit('name', better)": lambda scenario, odd: scenario.limit("name", 1, "runs", better=odd),
    "measure('name')": lambda scenario, odd: scenario.measure("name", odd),
    "chart('title', lines)": lambda scenario, odd: scenario.chart("title", "x", "y", {"line": [(odd, odd)]}),
    "chart('title', log)": lambda scenario, odd: scenario.chart("title", "x", "y", {}, log=odd),
    "text": lambda scenario, odd: (
        scenario.breaks(odd, odd), scenario.limit(odd, 1, odd, stopped=odd), scenario.measure(odd, 1),
        scenario.chart(odd, odd, odd, {"\ud800": []}),
    ),
    "inconclusive": lambda scenario, odd: scenario.inconclusive(odd),
    "not_applicable": lambda scenario, odd: scenario.not_applicable(odd),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
@given(odd=ANYTHING)
def test_an_outcome_survives_anything(name: str, odd: Any) -> None:
    scenario, crash = Lone(), None
    scenario.ran(executed=1, audited=1, seconds=1.0)
    scenario.breaks("runs are kept", "run 7 is lost", 2)
    try:
        CALLS[name](scenario, odd)
    except InvalidInputError as refusal:
        crash = refusal
    except pytest.skip.Exception as left:
        crash = left
    if isinstance(crash, InvalidInputError):
        assert str(crash).startswith(name) or "not among its samples" in str(crash)
    kept = from_properties([scenario.outcome(crash).to_property()])
    assert kept is not None
    assert kept.verdict == "breaks"
    assert kept.broken[0] == BrokenPromise("odd.runs-are-kept", "runs are kept", "run 7 is lost", 2)
    assert "could not be kept" not in kept.note
    json.dumps(json.loads(scenario.outcome(crash).to_property()[1]), ensure_ascii=False).encode()


@given(odd=ANYTHING)
def test_an_outcome_that_was_filled_past_the_bench_keeps_its_verdict(odd: Any) -> None:
    outcome = ItemOutcome(
        "odd",
        "odd",
        "light",
        "breaks",
        broken=(BrokenPromise("odd.kept", "kept", odd, odd),),
        measures={"x": odd},
        note=odd,
    )
    kept = from_properties([outcome.to_property()])
    assert kept is not None
    assert (kept.verdict, kept.broken[0].promise) == ("breaks", "kept")
    assert from_properties([replace(outcome, measures={"x": math.nan}).to_property()])


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        (np.float64(1.5), 1.5), (np.int64(3), 3), (np.bool_(True), 1), (Fraction(1, 2), 0.5), (Decimal("0.25"), 0.25),
        (True, 1), (10**30, 10**30), (np.float32(0.5), 0.5), (np.array(4), 4),
    ],
)  # fmt: skip
def test_numbers_of_others_become_pythons_own(odd: Any, plain: float) -> None:
    found = number(odd, "here")
    assert (found, type(found)) == (plain, type(plain))


@pytest.mark.parametrize(
    "odd", [math.nan, math.inf, "3", None, 1j, 10**400, np.array([1, 2]), Mute()], ids=lambda odd: type(odd).__name__
)
def test_what_is_no_finite_number_is_refused_by_name(odd: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"^measure\('cost'\): .* not a finite number"):
        number(odd, "measure('cost')")


def test_counts_flags_and_texts() -> None:
    assert (count(np.int64(3), "here"), count(2.0, "here")) == (3, 2)
    for odd in (-1, 0.5):
        with pytest.raises(InvalidInputError, match="whole number from 0"):
            count(odd, "here")
    assert flag(np.bool_(False), "here") is False
    with pytest.raises(InvalidInputError, match="neither true nor false"):
        flag(np.array([True, False]), "here")
    assert plain_text(ValueError("lost")) == "lost"
    assert plain_text("\ud800") == "\\ud800"
    assert plain_text(Mute()) == "(Mute, whose text cannot be printed)"


def test_a_break_that_is_said_again_is_recorded_once() -> None:
    scenario = Lone()
    for message in ("one", "one", "two"):
        scenario.breaks("kept", message)
    assert [one.message for one in scenario.broken] == ["one", "two"]


ODD = """
import numpy, pytest

ODD = [numpy.float64(2), numpy.bool_(True), float("nan"), "\\ud800", ValueError("x")]

@pytest.mark.breaking_point("odd", light=1)
@pytest.mark.parametrize("odd", ODD, ids="abcde")
def test_odd(load, scenario, odd):
    scenario.ran(executed=numpy.int64(1), audited=numpy.int64(1), seconds=numpy.float32(1))
    scenario.breaks("kept", odd)
    scenario.measure("odd_x", odd)
"""


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_no_item_loses_its_outcome(run: Run, pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    pytester.makepyfile(ODD)
    path = pytester.path / "outcome.json"
    run("--optbench-json", str(path), "--junit-xml", "junit.xml", *workers).assert_outcomes(failed=5)
    outcomes = read(path).outcomes
    assert [one.verdict for one in outcomes] == ["breaks"] * 5
    assert [one.broken[0].message for one in outcomes] == ["2.0", "True", "nan", "\\ud800", "x"]
    assert ["odd_x" in one.measures for one in outcomes] == [True, True, False, False, False]
    assert (pytester.path / "junit.xml").read_text().count('<property name="optbench"') == 5
