"""Checks of a metalab's random sources, and of slices, shards, samples and unions of its grids."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_optbench.text import short_repr

from .mixed_radix import Axes

Key = tuple[tuple[str, Any], ...]
Range = tuple[type, float, float, bool]  # type, lowest, highest, and whether halves are those of the logarithm
RANGES: Mapping[str, Range] = {
    "uniform": (float, -1.0, 3.0, False),
    "loguniform": (float, 1e-6, 1e3, True),
    "loguniform_int": (int, 1, 10**6, True),
    "randint": (int, -50, 10**9, False),
}
OPTIONS = ("red", "green", "blue")
ENOUGH = 64  # draws of which one half of a range is missed once in 2**64 times
Draw = Callable[[int, int], Any]  # a source of so many draws under a seed


def offered_space(module: Any) -> dict[str, Any]:
    """Return a space of the distributions that a module has."""
    there = {name: (low, high) for name, (_, low, high, _) in RANGES.items() if hasattr(module, name)}
    space = {name: getattr(module, name)(*bounds) for name, bounds in there.items()}
    return {**space, "choice": module.choice(list(OPTIONS))}


def draw_problem(draw: Draw, count: int) -> str:
    """Return a message if `count` draws have a wrong number, range, or dependence on the seed; else ""."""
    drawn = [dict(case.params) for case in draw(count, 1)]
    if len(drawn) != count:
        return f"{count:,} draws are {len(drawn):,} cases"
    if drawn != [dict(case.params) for case in draw(count, 1)]:
        return f"{count:,} draws of one seed differ the second time"
    if count >= ENOUGH and drawn == [dict(case.params) for case in draw(count, 2)]:
        return f"{count:,} draws of another seed are the same"
    return next(filter(None, (_outside(name, [case[name] for case in drawn]) for name in drawn[0])), "")


def draw_index_problem(source: Any, count: int) -> str:
    """Return a message about the first draw that differs between its index and a walk; else ""."""
    for index, case in enumerate(source):
        indexed, walked = dict(source[index].params), dict(case.params)
        if indexed != walked:
            return f"draw {index} of {count:,} is {short_repr(indexed)}, in a walk {short_repr(walked)}"
    return ""


def _outside(name: str, values: list[Any]) -> str:
    kind: Any
    if name == "choice":
        odd = [value for value in values if value not in OPTIONS]
        missed = set(OPTIONS) - set(values) if len(values) >= 4 * ENOUGH else set()
        return f"{name} drew {odd[0]!r}" if odd else f"{name} never drew {sorted(missed)}" if missed else ""
    kind, low, high, logarithmic = RANGES[name]
    odd = [value for value in values if type(value) is not kind or not low <= value <= high]
    if odd:
        return f"{name} from {low:g} to {high:g} drew {odd[0]!r}"
    middle = math.sqrt(low * high) if logarithmic else (low + high) / 2
    below = sum(value < middle for value in values)
    if len(values) >= ENOUGH and below in (0, len(values)):
        return f"{name} from {low:g} to {high:g} drew {len(values):,} values on one side of {middle:g}"
    return ""


def pick_problems(grid: Any, axes: Axes, features: frozenset[str]) -> Iterator[str]:
    """Yield messages about wrong slices, shards and samples of a grid; all axes are ranges from 0."""
    size = math.prod(map(len, axes.values()))
    whole = list(map(_key, grid))
    if "slicing" in features:
        for part in (slice(1, size, 3), slice(None, None, -1), slice(size // 2, size // 2 + 5), slice(-3, None)):
            if list(map(_key, grid[part])) != whole[part]:
                yield f"grid[{part.start}:{part.stop}:{part.step}] of {size:,} cases is not what a list of them gives"
    if "sharding" in features:
        shards = [_key(case) for index in range(3) for case in grid.shard(index, 3)]
        if sorted(shards) != sorted(whole):
            yield f"three shards of {size:,} cases hold {len(shards):,}, of which {len(set(shards)):,} are different"
    if "sampling" in features:
        sample = list(map(_key, grid.sample(size // 2, 1)))
        if len(set(sample)) != size // 2 or not set(sample) <= set(whole):
            yield f"a sample of {size // 2:,} from {size:,} cases has {len(set(sample) & set(whole)):,} different ones"
        if sample != list(map(_key, grid.sample(size // 2, 1))):
            yield f"a sample of {size // 2:,} cases differs under the same seed"


def composition_problems(module: Any, count: int, features: frozenset[str]) -> Iterator[str]:
    """Yield messages about a wrong union of two grids, and wrong conditional parameters."""
    if "grid-algebra" in features:
        union = module.grid_union(module.grid(kind=["a"], x=range(count)), module.grid(kind=["b"], y=range(2 * count)))
        expected = {_of(kind="a", x=x) for x in range(count)} | {_of(kind="b", y=y) for y in range(2 * count)}
        yield from _compare_cases("a union of two grids", list(map(_key, union)), expected)
    if "conditions" in features:
        grid = module.grid(kind=["a", "b"], x=range(count)).when({"kind": "b"}, extra=[1, 2])
        expected = {_of(kind="a", x=x) for x in range(count)}
        expected |= {_of(kind="b", x=x, extra=extra) for x in range(count) for extra in (1, 2)}
        yield from _compare_cases("a grid with a condition", list(map(_key, grid)), expected)


def _compare_cases(what: str, cases: list[Key], expected: set[Key]) -> Iterator[str]:
    right = len(set(cases) & expected)
    if len(cases) != len(expected) or right != len(expected):
        yield f"{what} of {len(expected):,} cases holds {len(cases):,}, of which {right:,} are expected"


def _of(**params: Any) -> Key:
    return tuple(sorted(params.items()))


def _key(case: Any) -> Key:
    return _of(**case.params)
