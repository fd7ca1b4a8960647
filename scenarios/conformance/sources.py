"""Sources of parameters, and checks that they hold the model's cases in every way of access."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pytest_optbench.stress import model
from pytest_optbench.stress.model.observed_text import exact_text
from pytest_optbench.text import shorten

from .statistics import distance, distance_allowed, whole


class Expression(NamedTuple):
    """A source as Python, the features that it needs, and whether the order of its cases is promised."""

    text: str
    needs: frozenset[str] = frozenset()
    ordered: bool = True


def needing(features: str, *texts: str, ordered: bool = True) -> tuple[Expression, ...]:
    return tuple(Expression(text, frozenset(features.split()), ordered) for text in texts)


GRID = "metalab.grid(a=[1, 2, 3], b=['x', 'y'], c=[None, 0.5])"
KINDS = "metalab.grid(kind=['p', 'q', 'r'], n=[1, 2])"
MIXED = "metalab.manual([{'a': 1}, {'a': 1.0, 'b': 2}, {'b': 2}, {'a': True}])"
UNION = f"metalab.grid_union({KINDS}, metalab.grid(kind=['s'], m=range(5)))"
WHEN = f"{KINDS}.when({{'kind': 'q'}}, extra=[1, 2, 3])"
NESTED = f"{WHEN}.when({{'extra': [2, 3]}}, more=['u', 'v'])"
SOURCES = (
    *needing("", GRID, KINDS, MIXED, "metalab.grid(a=[1])", "metalab.manual([{'n': n, 'b': 'x'} for n in range(9)])"),
    *needing("", "metalab.grid(a=[True, 1, 1.0, '1'], b=[[1], (1,), {'x': 1}, None])"),
    *needing("slicing", f"{GRID}[2:9:3]", f"{GRID}[::-1]", f"{GRID}[-4:-1]", f"{GRID}[5:5]", f"{GRID}[::2][1:]"),
    *needing("slicing", f"{GRID}[9:1:-2][::-1]", f"{GRID}[1:100]", f"{MIXED}[1:3]", f"{GRID}[10:2:-3][1:3]"),
    *needing("sharding", f"{GRID}.shard(1, 3)", f"{GRID}.shard(0, 1)", f"{GRID}.shard(4, 5)", f"{GRID}.shard(11, 12)"),
    *needing("sharding slicing", f"{GRID}[1:].shard(1, 2)", f"{GRID}.shard(1, 3)[::-1]"),
    *needing("sharding", f"{GRID}.shard(1, 2).shard(0, 3)"),
    *needing("grid-algebra", UNION, f"metalab.grid_union({KINDS}, {MIXED}, labels=['one', 'two'])"),
    *needing("grid-algebra slicing", f"{UNION}[3:9]", f"metalab.grid_union({KINDS}[:2], metalab.grid(m=[1, 2]))"),
    *needing("grid-algebra sharding", f"{UNION}.shard(1, 2)"),
    *needing("conditions", f"metalab.product({MIXED}, metalab.grid(z=[1, 2]))"),
    *needing("conditions", f"metalab.product({KINDS}, {GRID}[1:3])"),
    *needing("conditions", f"metalab.product({UNION}, metalab.grid(z=[1, 2, 3]))"),
    *needing(
        "conditions",
        WHEN,
        NESTED,
        f"{KINDS}.when({{'kind': ['p', 'q'], 'n': 1}}, extra=[1, 2])",
        f"{KINDS}.when({{'n': lambda n: n > 1}}, metalab.manual([{{'u': 1}}, {{'v': 2}}]), w=[0, 1])",
        f"{KINDS}.where({{'kind': ['p', 'r']}})",
        f"{KINDS}.where({{'kind': 'p', 'n': 2}})",
        f"{KINDS}.without({{'kind': 'p', 'n': 2}})",
        f"{NESTED}.where({{'more': 'u'}})",
        f"{NESTED}.without({{'extra': 1}})",
        f"{MIXED}.where({{'b': 2}})",
        f"{MIXED}.without({{'a': 1}})",
        f"{UNION}.where({{'kind': ['q', 's']}})",
        f"{UNION}.when({{'kind': 's', 'm': [0, 4]}}, deep=[1, 2])",
        f"metalab.product({WHEN}, metalab.grid(z=[1, 2])).where({{'z': 2}})",
        f"metalab.product(metalab.grid(z=[1, 2, 3]), {UNION}, metalab.grid(y=[5, 6]))",
        f"metalab.grid_union({UNION}, {MIXED}, metalab.product({WHEN}, {MIXED}), labels=['x', 'y', 'z'])",
        ordered=False,
    ),
)  # fmt: skip
LARGE = "metalab.grid(a=range(3), b=range(70), c=range(70))"  # more than is made, shuffled or looked up at once
REFUSED = (
    "grid()", "grid(a=[])", "grid(a=[1, 2, 1])", "grid(a={1, 2})", "grid(a='xy')", "grid(a=5)", "manual([])",
    "manual([{'a': 1}, {'a': 1}])", "manual([1])", "manual([{1: 2}])", "grid_union()", "product()",
    "grid_union(metalab.grid(a=[1, 2]), metalab.grid(a=[2, 3]))", "product(metalab.grid(a=[1]), metalab.grid(a=[2]))",
    "grid_union(metalab.grid(a=[1]), metalab.grid(a=[2]), labels=['x'])",
    "grid_union(metalab.grid(a=[1]), metalab.grid(a=[2]), labels=['x', 'x'])",
    "grid(a=[1, 2]).when({'a': 3}, b=[1])", "grid(a=[1, 2]).when({'z': 1}, b=[1])", "grid(a=[1, 2]).when({'a': 1})",
    "grid(a=[1, 2]).when({'a': 1}, a=[5])", "grid(a=[1, 2]).when({'a': 1.0}, b=[1])", "grid(a=[1, 2]).where({'a': []})",
    "grid(a=[1, 2]).without({'a': [1, 2]})", "grid(a=[1, 2])[:1].when({'a': 1}, b=[1])",
    "grid(a=[1, 2]).shard(2, 2)", "grid(a=[1, 2]).shard(-1, 2)", "grid(a=[1, 2]).shard(0, 0)",
    "grid(a=[1, 2]).shard(0.5, 2)", "grid(a=[1, 2]).sample(0, 1)", "grid(a=[1, 2]).sample(3, 1)",
    "grid(a=[1, 2]).sample(1, 0.5)", "grid(a=[1, 2]).sample(1, 1, balance='case')",
    "random(space={}, n_trials=1, seed=0)", "random(space={'a': metalab.choice([1])}, n_trials=0, seed=0)",
    "random(space={'a': metalab.choice([1, 2])}, n_trials=3, seed=0)", "random(space={'a': [1]}, n_trials=1, seed=0)",
    "random(space=[1], n_trials=1, seed=0)", "uniform(1, 1)", "uniform(2, 1)", "uniform(0, float('inf'))",
    "loguniform(0, 1)", "loguniform(2, 1)", "loguniform_int(0, 5)", "loguniform_int(3, 3)", "randint(2, 1)",
    "randint(0.5, 2)", "choice([])", "choice([1, 1])", "with_resolver(metalab.grid(a=[1]), 5)",
    "with_resolver([1], lambda meta, raw: raw)",
    "with_resolver(metalab.with_resolver(metalab.grid(a=[1]), lambda m, r: r), lambda m, r: r)",
)  # fmt: skip


def texts_of(source: Any) -> list[str]:
    return [exact_text(dict(case.params)) for case in source]


def source_problems(expression: Expression, metalab: Any, features: frozenset[str]) -> Iterator[str]:
    """Yield the problems of a source."""
    source = eval(expression.text, {"metalab": metalab})
    expected = texts_of(eval(expression.text, {"metalab": model}))
    cases = texts_of(source)
    if (cases if expression.ordered else sorted(cases)) != (expected if expression.ordered else sorted(expected)):
        yield f"holds {shorten(', '.join(cases) or 'nothing', 200)}, not {shorten(', '.join(expected), 200)}"
        return
    if cases != texts_of(source):
        yield "holds other cases when it is iterated again"
    for case in source:
        case.params["spoilt"] = True
    if cases != texts_of(source):
        yield "holds changes that were made to the params of a case"
    yield from access_problems(source, cases, features)
    if "sampling" in features and cases:
        yield from sample_problems(source, cases)
    if "conditions" in features:
        yield from description_problems(source, cases)


def access_problems(source: Any, cases: Sequence[str], features: frozenset[str]) -> Iterator[str]:
    """Yield the ways of access to a source that disagree with iteration."""
    size = len(cases)
    for name, is_offered in (("size", "size" in features), ("__len__", "length" in features)):
        reported_size = getattr(source, name, None) if is_offered else size
        if (reported_size() if callable(reported_size) else reported_size) != size:
            yield f"has {size} cases, and its {name} is another number"
    if "indexing" in features:
        yield from index_problems(source, cases)
    if "slicing" in features:
        bounds = (None, 0, 1, -2, size, size + 3)
        for start, stop, step in itertools.product(bounds, bounds, (None, 2, -1, -3)):
            if texts_of(source[start:stop:step]) != list(cases[start:stop:step]):
                yield f"has other cases in [{start}:{stop}:{step}] than a list of them"
                return
    if "sharding" in features:
        for count in (1, 2, 3, size + 1):
            if any(texts_of(source.shard(at, count)) != list(cases[at::count]) for at in range(count)):
                yield f"has other cases in {count} shards than every {count}. of them"


def index_problems(source: Any, cases: Sequence[str]) -> Iterator[str]:
    """Yield the indices that give other cases than iteration."""
    size = len(cases)
    indexed = [exact_text(dict(source[at].params)) for at in range(size)]
    backwards = [exact_text(dict(source[at - size].params)) for at in range(size)]
    if not indexed == backwards == list(cases):
        yield "has other cases by their index, or by their index from the end, than in order"
    for outside in (size, -size - 1):
        if not raises(IndexError, lambda outside=outside: source[outside]):
            yield f"has {size} cases, and one at {outside}"


def sample_problems(source: Any, cases: Sequence[str]) -> Iterator[str]:
    """Yield the problems of samples of a source."""
    whole = texts_of(source.sample(len(cases), 7))
    if sorted(whole) != sorted(cases):
        yield "differs from a sample of all its cases"
    for count in {1, len(cases) // 2 or 1}:
        if texts_of(source.sample(count, 7)) != whole[:count]:
            yield f"has a sample of {count} that does not begin a larger one of the same seed"
    balanced = texts_of(source.sample(len(cases), 7, balance="branch")) if hasattr(source, "branches") else cases
    if sorted(balanced) != sorted(cases):
        yield "differs from a balanced sample of all its cases"


def description_problems(source: Any, cases: Sequence[str]) -> Iterator[str]:
    """Yield the problems of case ids, of branches, and of a copy for another process."""
    ids = [case.case_id for case in source]
    if len(set(ids)) != len(ids):
        yield "has cases that share an id"
    if [case.case_id for case in source[::-1]] != ids[::-1] or [source[at].case_id for at in range(len(ids))] != ids:
        yield "has cases whose id depends on how they are reached"
    if sum(branch.size for branch in source.branches()) != len(cases):
        yield "has branches that do not add up to its cases"
    yield from explanation_problems(source.explain(), [branch.size for branch in source.branches()], len(cases))
    try:
        sent = pickle.loads(pickle.dumps(source))
    except (pickle.PicklingError, AttributeError, TypeError):
        return  # a condition may be a lambda
    if texts_of(sent) != list(cases):
        yield "holds other cases in another process"


def explanation_problems(text: str, sizes: Sequence[int], cases: int) -> Iterator[str]:
    """Yield the problems of a text that explains a source by a line for each branch, below one with all its cases."""
    title, *lines = text.splitlines()
    if f"{cases:,} case" not in title:
        yield "has an explanation with another number of cases"
    shown = [set(line.split()) for line in lines[: len(sizes)]]
    if len(shown) < len(sizes) or not all(f"{size:,}" in words for size, words in zip(sizes, shown, strict=True)):
        yield f"has branches of {sizes} cases, which its explanation does not show: {shorten(text, 200)}"


def large_source_problems(metalab: Any, features: frozenset[str]) -> Iterator[str]:
    """Yield the problems of a source with many cases, all of whole numbers, which are compared directly."""
    source = eval(LARGE, {"metalab": metalab})
    listed = [params_of(case) for case in eval(LARGE, {"metalab": model})]
    size = len(listed)
    if [params_of(case) for case in source] != listed:
        yield f"{LARGE} holds other cases when it is iterated"
    if "indexing" in features:
        places = range(-size, size, 997)
        if [params_of(source[at]) for at in places] != [listed[at] for at in places]:
            yield f"{LARGE} holds other cases by their index"
    if "slicing" in features:
        for part in (slice(4_899, 4_903), slice(4_000, 10_000, 7), slice(9_000, 4_000, -11), slice(-70, None)):
            if [params_of(case) for case in source[part]] != listed[part]:
                yield f"{LARGE} holds other cases in {part}"
    if "sampling" in features:
        numbers = [case["a"] * 4_900 + case["b"] * 70 + case["c"] for case in map(params_of, source.sample(5_000, 3))]
        off = distance([float(number) for number in numbers], whole(0, size - 1))
        if len(set(numbers)) != 5_000 or off > distance_allowed(5_000):
            yield f"5,000 cases of {LARGE} are {len(set(numbers)):,} different ones, off by {off:.3f}"
        again = [params_of(case) for case in source.sample(500, 3)]
        if again != [params_of(case) for case in source.sample(5_000, 3)][:500]:
            yield f"a sample of 500 of {LARGE} does not begin a larger one of the same seed"


def params_of(case: Any) -> dict[str, Any]:
    return dict(case.params)


def raises(kind: type[BaseException], call: Any) -> bool:
    try:
        call()
    except kind:
        return True
    return False
