"""Random sources and their distributions: index access, laws, stability."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.grids import choice, grid_union, loguniform, loguniform_int, product, randint, random, uniform

SPACE = {"lr": loguniform(1e-4, 1.0), "n": loguniform_int(1, 1000), "m": uniform(-1, 1), "k": randint(3, 7)}


@given(st.integers(), st.integers(1, 10**40))
def test_a_draw_depends_on_the_seed_and_its_index_alone(seed: int, n: int) -> None:
    source = random(SPACE, n, seed)
    assert source.size == n
    assert source[n - 1].params == random(SPACE, n + 5, seed)[n - 1].params
    assert next(iter(source)) == source[0]


def test_one_more_parameter_leaves_the_draws_of_the_others() -> None:
    more = random({**SPACE, "extra": uniform(0, 1)}, 20, seed=4)
    for case, other in zip(random(SPACE, 20, seed=4), more, strict=True):
        assert case.params == {name: value for name, value in other.params.items() if name != "extra"}


def test_seeds_names_and_indices_draw_differently() -> None:
    same_law = {"a": uniform(0, 1), "b": uniform(0, 1)}
    drawn = [value for seed in (-1, 0, 1) for case in random(same_law, 50, seed) for value in case.params.values()]
    assert len(set(drawn)) == 300


def test_finite_spaces_are_drawn_without_replacement() -> None:
    source = random({"a": choice(["x", "y", "z"]), "b": randint(1, 50)}, 150, seed=2)
    assert len({tuple(case.params.values()) for case in source}) == 150
    assert [case.params["b"] for case in source][:10] != sorted(case.params["b"] for case in source)[:10]


@pytest.mark.parametrize("space", [{"a": choice([1, 2])}, {"a": loguniform_int(1, 2)}])
def test_more_draws_than_combinations_are_refused(space: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="3 draws from 2 combinations"):
        random(space, 3, seed=0)


@pytest.mark.parametrize(
    ("law", "kind", "share_below"),
    [
        (uniform(-2, 6), float, lambda x: (x + 2) / 8),
        (loguniform(0.01, 100), float, lambda x: math.log(x / 0.01) / math.log(10000)),
        (loguniform_int(1, 999), int, lambda x: math.log(x) / math.log(1000)),
        (randint(0, 99), int, lambda x: x / 100),
    ],
)
def test_laws_are_what_they_say(law: Any, kind: type, share_below: Any) -> None:
    drawn = [random({"x": law, "free": uniform(0, 1)}, 4000, seed=3)[i].params["x"] for i in range(4000)]
    assert all(type(value) is kind and law.low <= value <= law.high for value in drawn)
    for probe in (2, 5, 40) if kind is int else (0.1, 1.0, 5.0):
        share = sum(value < probe for value in drawn) / 4000
        assert abs(share - share_below(probe)) < 0.035  # four standard deviations


def test_choices_are_even_and_keep_types() -> None:
    options = [1, 1.0, True, "1", None]
    source = random({"x": choice(options), "free": uniform(0, 1)}, 5000, seed=0)
    drawn = Counter((type(case.params["x"]), case.params["x"]) for case in source)
    assert len(drawn) == 5
    assert all(880 < count < 1120 for count in drawn.values())  # four standard deviations


@given(st.integers(0, 2**128 - 1))
def test_bounds_are_never_left(bits: int) -> None:
    for law in (uniform(0.1, 0.3), loguniform(1e-300, 1e300), loguniform_int(1, 2**64), randint(-5, 5)):
        assert law.low <= law.draw(bits) <= law.high
    assert loguniform_int(5, 6).draw(bits) in (5, 6)


def test_draws_are_the_same_for_ever() -> None:
    """Stored runs are known by these numbers: they may not change."""
    assert [case.params for case in random(SPACE, 2, seed=42)] == DRAWN


def test_random_sources_multiply_and_join() -> None:
    joined = grid_union(
        product(random({"x": uniform(0, 1)}, 3, seed=1), random({"y": uniform(0, 1)}, 2, seed=1)),
        random({"z": uniform(0, 1)}, 4, seed=1),
        labels=["both", "one"],
    )
    assert joined.size == 10
    assert [case.case_id for case in joined][5:7] == ["both:5", "one:0"]
    assert len({case.params["y"] for case in joined[:6]}) == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: uniform(1, 1), "low < high"),
        (lambda: uniform(0, math.inf), "finite"),
        (lambda: uniform(0, math.nan), "finite"),
        (lambda: uniform(-1e308, 1e308), "finite"),
        (lambda: loguniform(0, 1), "0 < low"),
        (lambda: loguniform_int(0, 5), "1 <= low"),
        (lambda: loguniform_int(1.0, 5), "low=1.0: give a whole number"),  # type: ignore[arg-type]
        (lambda: uniform("a", 1), "bounds are numbers"),  # type: ignore[arg-type]
        (lambda: uniform(None, 1), "bounds are numbers"),  # type: ignore[arg-type]
        (lambda: loguniform(1, 10**400), "bounds are numbers"),
        (lambda: random([1], 1, 0), "give a dict of parameters"),  # type: ignore[arg-type]
        (lambda: random({"x": uniform(0, 1)}, 1.0, 0), "n_trials=1.0: give a whole number"),  # type: ignore[arg-type]
        (lambda: randint(5, 4), "low < high"),
        (lambda: randint(0, 2**64), "less than"),
        (lambda: choice([]), "no values"),
        (lambda: choice([1, 1]), "twice"),
        (lambda: choice("abc"), "needs a list"),
        (lambda: random({}, 1, 0), "nothing to draw"),
        (lambda: random(SPACE, 0, 0), "one case or more"),
        (lambda: random(SPACE, 1, 0.5), "seed=0.5: give a whole number"),  # type: ignore[arg-type]
        (lambda: random({"a": 5}, 1, 0), "'a' has 5, which is no distribution"),  # type: ignore[dict-item]
    ],
)
def test_what_cannot_be_drawn_is_refused(make: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        make()


DRAWN = [
    {"lr": 0.02596445879672264, "n": 115, "m": -0.7551140493208304, "k": 6},
    {"lr": 0.013120146435157494, "n": 1, "m": -0.061124517556990776, "k": 6},
]
