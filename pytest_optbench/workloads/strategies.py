"""Hypothesis strategies for parameters and contexts: all values over which a sweep can be planned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .confusable_values import Colour, Level, Pixel, Point, Shade, confusable_values

HUGE = 2**200
# Few letters, so that draws are often equal; a fixed list, because Hypothesis needs a second to list all of unicode.
LETTERS = "aAb01 .,:/_-'\"\\\n\0\u00e9e\u0301\u212b\u00df\u4e16\U0001f600\u200d\ufeff"
MANY = 10_000  # more than there are choices; a fixed range, because draws must not depend on a value
Params = dict[str, Any]


def scalars() -> SearchStrategy[Any]:
    """Draw single values, including odd ones: negative zero, subnormal, NaN, infinite, huge, unicode, empty."""
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-HUGE, HUGE),
        st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True),
        st.text(LETTERS, max_size=8),
        st.binary(max_size=8),
        st.sampled_from([*Colour, *Shade, *Level, Point(1), Point(2), Pixel(1), Path("a"), Path("a/b")]),
        st.floats(width=32).map(np.float32),
        st.integers(-100, 100).map(np.int64),
        st.lists(st.floats(), max_size=3).map(np.array),
    )


def values() -> SearchStrategy[Any]:
    """Draw single values; lists, tuples, sets and dicts of them; and these nested once more."""
    flat = _containers(scalars())
    return st.one_of(scalars(), flat, _containers(st.one_of(scalars(), flat)))


def _containers(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    text = st.text(LETTERS, max_size=4)
    hashable = st.one_of(st.none(), st.booleans(), st.integers(-HUGE, HUGE), text)
    return st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(hashable, max_size=3).map(set),
        st.lists(hashable, max_size=3).map(frozenset),
        st.dictionaries(text, inner, max_size=3),
        st.dictionaries(st.integers(0, 9), inner, max_size=3),
    )


def params() -> SearchStrategy[Params]:
    """Draw the parameters of one case: one to three, under arbitrary names."""
    names = st.text(LETTERS, min_size=1, max_size=6)
    return st.dictionaries(names, values(), min_size=1, max_size=3)


@st.composite
def confusable_params(draw: Any) -> tuple[Params, Params]:
    """Draw two sets of parameters that differ in one value, so slightly that a careless encoding may miss it."""
    case, choice = draw(st.tuples(params(), st.integers(0, MANY)))
    name = sorted(case)[choice % len(case)]
    similar = list(confusable_values(case[name]))
    return case, {**case, name: similar[choice % len(similar)]}


@st.composite
def reordered_params(draw: Any) -> tuple[Params, Params]:
    """Draw equal parameters, built in another order at every level."""
    case: Params = draw(params())
    return case, reordered(case)


def reordered(value: Any) -> Any:
    """Return an equal value whose dicts and sets were filled in reverse order."""
    kind = type(value)
    if kind is dict:
        return {name: reordered(value[name]) for name in reversed(value)}
    if kind in (set, frozenset):
        return kind(reversed(list(value)))
    return kind(map(reordered, value)) if kind in (list, tuple) else value
