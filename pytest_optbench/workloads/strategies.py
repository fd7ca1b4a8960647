"""Hypothesis strategies for parameters and contexts: everything that a sweep can be planned over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .confusable_values import Colour, Level, Pixel, Point, Shade, confusable_values

HUGE = 2**200
# Few letters, so that draws meet; a fixed list, because Hypothesis takes a second to list all of unicode.
LETTERS = "aAb01 .,:/_-'\"\\\n\0\u00e9e\u0301\u212b\u00df\u4e16\U0001f600\u200d\ufeff"
MANY = 10_000  # more than the choices there are; a fixed range, because what is drawn must not depend on a value
Params = dict[str, Any]


def scalars() -> SearchStrategy[Any]:
    """Single values, the odd ones included: negative zero, subnormal, NaN, infinite, huge, unicode, empty."""
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
    """Single values; lists, tuples, sets and dicts of them; and such of such."""
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
    """The parameters of one case: one to three, under any names that strings can be."""
    names = st.text(LETTERS, min_size=1, max_size=6)
    return st.dictionaries(names, values(), min_size=1, max_size=3)


@st.composite
def confusable_params(draw: Any) -> tuple[Params, Params]:
    """Two sets of parameters that differ in one value, by as little as a careless encoding may pass over."""
    one, choice = draw(st.tuples(params(), st.integers(0, MANY)))
    name = sorted(one)[choice % len(one)]
    near = list(confusable_values(one[name]))
    return one, {**one, name: near[choice % len(near)]}


@st.composite
def reordered_params(draw: Any) -> tuple[Params, Params]:
    """Equal parameters, put together in another order at every level."""
    one: Params = draw(params())
    return one, reordered(one)


def reordered(value: Any) -> Any:
    """An equal value whose dicts and sets were filled the other way round."""
    kind = type(value)
    if kind is dict:
        return {name: reordered(value[name]) for name in reversed(value)}
    if kind in (set, frozenset):
        return kind(reversed(list(value)))
    return kind(map(reordered, value)) if kind in (list, tuple) else value
