"""Sources of parameters: which cases they hold, and in which order."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .telling import told

Params = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One set of parameters."""

    params: Params


class Space:
    """A list of cases; parts of it are those of a list."""

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
        """Every `count`-th case from number `index` on: each case is in one shard."""
        part: Space = self[index::count]
        return part

    def when(self, condition: Mapping[str, Any], /, *sources: Space, **axes: Any) -> Space:
        """More parameters where the condition holds; elsewhere they are absent. The order is free."""
        more = product(*sources, *([grid(**axes)] if axes else []))
        return Space(
            one
            for case in self.cases
            for one in ([case | other for other in more.cases] if _holds(condition, case) else [case])
        )

    def where(self, condition: Mapping[str, Any], /) -> Space:
        """Only the cases where the condition holds. The order is free."""
        return Space(case for case in self.cases if _holds(condition, case))

    def without(self, condition: Mapping[str, Any], /) -> Space:
        """Only the cases where it does not hold. The order is free."""
        return Space(case for case in self.cases if not _holds(condition, case))


def _holds(condition: Mapping[str, Any], case: Params) -> bool:
    """Whether every parameter that the condition names is there and has the value, one of the values, or passes."""
    return all(name in case and _fits(wanted, case[name]) for name, wanted in condition.items())


def _fits(wanted: Any, value: Any) -> bool:
    if callable(wanted):
        return bool(wanted(value))
    return told(value) in [told(one) for one in (wanted if isinstance(wanted, list | tuple) else [wanted])]


def grid(**axes: Iterable[Any]) -> Space:
    """Every combination, the last parameter turning fastest."""
    return Space(dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))


def manual(rows: Iterable[Mapping[str, Any]]) -> Space:
    """The given cases."""
    return Space(map(dict, rows))


def product(*sources: Space) -> Space:
    """Every combination of the cases of several sources, the last source turning fastest.

    Where one that follows another is a union, the order is free.
    """
    together: list[Params] = [{}]
    for source in sources:
        together = [one | other for one in together for other in source.cases]
    return Space(together)


def grid_union(*sources: Space, labels: Any = None) -> Space:  # noqa: ARG001 - labels name branches, and no cases
    """The cases of one source after the other."""
    return Space(case for source in sources for case in source.cases)


def with_resolver(source: Space, resolver: Callable[[Any, Params], Params]) -> Space:
    """The same cases; a run gets what the resolver makes of them."""
    return Space(source.cases, resolver)
