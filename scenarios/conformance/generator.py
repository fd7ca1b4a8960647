"""Hypothesis strategies for whole experiments: values, sources, operations, and steps on a store."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .program import Code, Delete, Program, Step, Sweep
from .values import ARRAYS, NESTED, SCALARS

LETTERS = "aB1 .,_-'\"\\\n\u00e9\u4e16\U0001f600"  # few, so that drawn texts repeat
NAMES = ("a", "b", "loss", "two words", "caf\u00e9")
HEAD = "RATE = {rate}\n\n\ndef helper(value):\n    return value * {factor} + RATE\n"
CONTEXTS = ("{}", "{'x': 1}", "{'x': 1.0}", "{'x': [1, {'y': None}]}", "{'y': 2, 'x': 1}", "{'x': 1, 'y': 2}")


@cache  # a strategy that is made again is checked again
def scalars() -> SearchStrategy[str]:
    """Draw single values, as Python."""
    return st.one_of(
        st.sampled_from([text for text in SCALARS if not text.startswith("np.")]),
        st.integers(-(2**63), 2**63 - 1).map(repr),
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
        st.text(LETTERS, max_size=5).map(repr),
        st.booleans().map(repr),
    )


@cache
def plain_values() -> SearchStrategy[str]:
    """Draw values that JSON can hold: parameters and metadata that no metalab may refuse."""
    plain = st.one_of(
        st.none().map(repr),
        st.booleans().map(repr),
        st.integers(-(2**53), 2**53).map(repr),
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
        st.text(LETTERS, max_size=4).map(repr),
    )
    lists = st.lists(plain, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    dicts = st.dictionaries(st.sampled_from(NAMES), st.one_of(plain, lists), max_size=2).map(
        lambda items: "{" + ", ".join(f"{name!r}: {item}" for name, item in items.items()) + "}"
    )
    return st.one_of(plain, lists, dicts)


@cache
def numeric_arrays() -> SearchStrategy[str]:
    """Draw arrays of any type, shape and layout."""
    types = st.sampled_from(("f8", "f4", "i8", "u1", ">i2", "c8", "?"))
    shapes = st.sampled_from(("(6,)", "(2, 3)", "(3, 2)", "(1, 6, 1)"))
    views = st.sampled_from(("", "[::-1]", ".T", "[1:]", "[..., ::2]"))
    made = st.builds("np.arange(6).astype({!r}).reshape({}){}".format, types, shapes, views)
    return st.one_of(made, st.sampled_from(ARRAYS))


@cache
def lines() -> SearchStrategy[tuple[str, ...]]:
    """Draw lines of an operation: a single one, or some that belong together."""
    name = st.sampled_from(NAMES).map(repr)
    text = st.text(LETTERS.replace("\n", ""), max_size=8)
    level = st.sampled_from(("debug", "info", "warning", "error"))
    steps = st.lists(st.tuples(st.integers(-5, 5), st.floats(allow_nan=False)), min_size=1, max_size=4)

    def one(template: str, *parts: SearchStrategy[Any]) -> SearchStrategy[tuple[str, ...]]:
        return st.builds(template.format, *parts).map(lambda line: (line,))

    return st.one_of(
        one("tried(me, {0}, lambda: capture.metric({0}, {1}))", name, scalars()),
        one("capture.metric('number', params['n'])"),
        one("tried(me, {0}, lambda: capture.artifact({0}, {1}))", name, numeric_arrays()),
        one("tried(me, {0}, lambda: capture.artifact({0}, {1}))", name, st.sampled_from(NESTED)),
        one("capture.artifact({0}, {{'n': params['n']}}, metadata={{'m': {1}}})", name, plain_values()),
        one("capture.file('file ' + {0}, written(runtime, 'some.bin', {1!r}))", name, st.binary(max_size=9)),
        one("capture.log('>> ' + {0!r}, level={1!r})", text, level),
        one("drawn(me, seeds, {0})", name),
        one("if params['n'] == {0}: raise ValueError({1!r})", st.integers(0, 2), text),
        one("if seeds.replicate_index == 1: raise KeyError({0!r})", text),
        one("capture.metric('helped', helper(params['n']))"),
        st.builds(lambda name, value: (f"capture.data('data ' + {name}, {value})",
                  f"note(me, 'data', 'data ' + {name})"), name, plain_values()),
        st.builds(lambda name, points: (*(f"capture.metric({name}, {value!r}, step={step})" for step, value in points),
                  f"note(me, 'series', {name})"), name, steps),
    )  # fmt: skip


@cache
def codes() -> SearchStrategy[Code]:
    """Draw an operation with a helper and a constant."""
    head = st.builds(HEAD.format, rate=st.integers(1, 2), factor=st.integers(2, 3))
    body = st.lists(lines(), max_size=5).map(lambda drawn: tuple(line for some in drawn for line in some))
    return st.builds(lambda lines, text: Code(lines, (text,)), body, head)


@cache
def rows() -> SearchStrategy[tuple[str, ...]]:
    """Draw cases that differ in their number, and may have one more parameter."""
    more = st.one_of(st.just(""), plain_values().map(", 'value': {}".format))
    case = st.builds("{{'n': {}{}}}".format, st.integers(0, 4), more)
    return st.lists(case, min_size=1, max_size=4, unique_by=lambda row: row[6]).map(tuple)


@cache
def sources(features: frozenset[str]) -> SearchStrategy[str]:
    """Draw sources of a metalab: grids, and their slices, shards and unions where it has these."""
    numbers = st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True).map(repr)
    grids = st.builds("metalab.grid(a=[1, 2], n={})".format, numbers)
    made = [grids]
    if "slicing" in features:
        made.append(st.builds("{}[{}:{}:{}]".format, grids, st.integers(0, 1), st.integers(2, 6), st.integers(1, 2)))
    if "sharding" in features:
        made.append(st.builds("{}.shard({}, 2)".format, grids, st.integers(0, 1)))
    if "grid-algebra" in features:
        made.append(st.builds("metalab.grid_union({}, metalab.grid(a=['z'], n={}))".format, grids, numbers))
    return st.one_of(made)


@cache
def sweeps(count: int, features: frozenset[str], *, process: bool) -> SearchStrategy[Step]:
    """Draw a sweep of a program with so many operations."""
    kinds: list[Any] = [("inline", 1)] * 40 + [("thread", 2), ("thread", 3)] * 4 + [("process", 2)] * process
    return st.builds(
        lambda cases, source, ran, **fields: Sweep(
            rows=cases, source=source, kind=ran[0], workers=ran[1], **fields
        ),
        rows(),
        st.one_of(st.just(""), st.just(""), sources(features)),
        st.sampled_from(kinds),
        base=st.sampled_from((0, 0, 1, 2**32)),
        replicates=st.integers(1, 3),
        context=st.sampled_from(CONTEXTS),
        resolver=st.sampled_from(("None", "None", "lambda meta, raw: {**raw, 'square': raw['n'] ** 2}")),
        tags=st.sampled_from(((), ("a",), ("b", "two words"))),
        metadata=st.sampled_from(("{}", "{'m': [1]}")),
        version=st.sampled_from(("1", "1", "1", "2")),
        code=st.integers(0, count - 1),
        resume=st.sampled_from((True, True, True, False)),
    )  # fmt: skip


@cache
def operations_of_a_program() -> SearchStrategy[list[Code]]:
    return st.lists(codes(), min_size=1, max_size=2)


@cache
def steps_of_a_program(count: int, features: frozenset[str], *, process: bool) -> SearchStrategy[list[Step]]:
    return st.lists(sweeps(count, features, process=process), min_size=1, max_size=4)


@st.composite
def programs(draw: Any, features: frozenset[str] = frozenset(), *, process: bool = False) -> Program:
    """Draw a program of one or two operations, and one to four steps on one store, the first of them a sweep."""
    operations = draw(operations_of_a_program())
    steps: list[Step] = draw(steps_of_a_program(len(operations), features, process=process))
    if "delete" in features and len(steps) > 1 and draw(st.booleans()):
        steps.insert(1, Delete(0))
    return Program(tuple(operations), tuple(steps))
