"""Sources of parameters: their cases, in order."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .observed_text import exact_text

Params = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One set of parameters."""

    params: Params


class Space:
    """A list of cases, which can be indexed and sliced like a list."""

    def __init__(self, cases: Iterable[Params], resolver: Any = None) -> None:
        self.cases = list(cases)
        self.resolver = resolver

    def __iter__(self) -> Iterator[Case]:
        return (Case(copy.deepcopy(params)) for params in self.cases)

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, index: Any) -> Any:
        part = self.cases[index]
        return Space(part, self.resolver) if isinstance(index, slice) else Case(copy.deepcopy(part))

    def shard(self, index: int, count: int) -> Space:
        """Return every `count`-th case from number `index` on: each case is in one shard."""
        part: Space = self[index::count]
        return part

    def when(self, condition: Mapping[str, Any], /, *sources: Space, **axes: Any) -> Space:
        """Add parameters to the cases where the condition holds. The order is not defined."""
        more = product(*sources, *([grid(**axes)] if axes else []))
        return Space(
            params
            for case in self.cases
            for params in ([case | other for other in more.cases] if _holds(condition, case) else [case])
        )

    def where(self, condition: Mapping[str, Any], /) -> Space:
        """Keep only the cases where the condition holds. The order is not defined."""
        return Space(case for case in self.cases if _holds(condition, case))

    def without(self, condition: Mapping[str, Any], /) -> Space:
        """Keep only the cases where the condition does not hold. The order is not defined."""
        return Space(case for case in self.cases if not _holds(condition, case))


def _holds(condition: Mapping[str, Any], case: Params) -> bool:
    """Return whether each parameter of the condition exists and has the value, one of the values, or passes a test."""
    return all(name in case and _fits(wanted, case[name]) for name, wanted in condition.items())


def _fits(wanted: Any, value: Any) -> bool:
    if callable(wanted):
        return bool(wanted(value))
    return exact_text(value) in [
        exact_text(item) for item in (wanted if isinstance(wanted, list | tuple) else [wanted])
    ]


def grid(**axes: Iterable[Any]) -> Space:
    """Combine the values of all axes; the last parameter changes fastest."""
    return Space(dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))


def manual(rows: Iterable[Mapping[str, Any]]) -> Space:
    """Make a source of the given cases."""
    return Space(map(dict, rows))


def product(*sources: Space) -> Space:
    """Combine the cases of several sources; the last source changes fastest.

    If any source but the first is a union, the order is not defined.
    """
    together: list[Params] = [{}]
    for source in sources:
        together = [params | other for params in together for other in source.cases]
    return Space(together)


def grid_union(*sources: Space, labels: Any = None) -> Space:  # noqa: ARG001 - labels name branches, and no cases
    """Concatenate the cases of several sources."""
    return Space(case for source in sources for case in source.cases)


def with_resolver(source: Space, resolver: Callable[[Any, Params], Params]) -> Space:
    """Return the same cases with a resolver, which maps them to the params of runs."""
    return Space(source.cases, resolver)
