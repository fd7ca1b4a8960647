"""Sources of parameters: indexable, sliceable, shardable spaces that are computed case by case."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import index as as_int
from typing import Any, Literal, NoReturn, overload

from pytest_optbench.errors import InvalidInputError, UnknownNameError

from .arguments import whole_number
from .case import Branch, Case
from .explain import counted, explain
from .factors import Values, length
from .index_maps import Balanced, IndexMap, Shuffled, compose, positions, shard_range

Span = tuple[Branch, int, int]
BALANCES = ("point", "branch")
MANY = 1_000_000  # branches that are still listed one by one


class Source(ABC):
    """An immutable, indexable sequence of cases whose size may exceed 2**64.

    `source[i]` takes O(log) of the size; slices, shards and samples are views that list nothing.
    """

    size: int
    resolver: Any = None

    @abstractmethod
    def case(self, index: int) -> Case:
        """The case at `index`, which lies in 0..size-1."""

    @abstractmethod
    def walk(self, start: int, stop: int) -> Iterator[Case]:
        """The cases from `start` to before `stop`, in order."""

    @abstractmethod
    def span_at(self, index: int) -> Span:
        """The branch that holds the case at `index`, and the range of indices that it fills."""

    @abstractmethod
    def values(self) -> Iterator[tuple[str, Values]]:
        """By parameter, every value that a case can hold; in O(axes), whatever the size."""

    @abstractmethod
    def names(self) -> tuple[frozenset[str], frozenset[str]]:
        """The parameters that every case sets, and those that some case sets."""

    @abstractmethod
    def describe(self) -> str:
        """What kind of source this is, in a few words."""

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return self.size > 0

    def __iter__(self) -> Iterator[Case]:
        return self.walk(0, self.size)

    @overload
    def __getitem__(self, index: int) -> Case: ...
    @overload
    def __getitem__(self, index: slice) -> Source: ...
    def __getitem__(self, index: int | slice) -> Case | Source:
        if isinstance(index, slice):
            return self._view(range(self.size)[index])
        position = as_int(index)
        if not -self.size <= position < self.size:
            raise IndexError(f"case {position} of {self.size}: the last one is {self.size - 1}")
        return self.case(position % self.size)

    def __reversed__(self) -> Iterator[Case]:
        return iter(self[::-1])

    def shard(self, index: int, count: int) -> Source:
        """Every `count`-th case from `index` on (counted from 0), so that each shard sees every branch."""
        return self._view(shard_range(self.size, whole_number("index", index), whole_number("count", count)))

    def sample(self, n: int, seed: int, *, balance: Literal["point", "branch"] = "point") -> Source:
        """`n` distinct cases, drawn uniformly without replacement, in random order.

        `balance="point"`: every case is equally likely. `balance="branch"`: branches take turns, so that
        small ones are as frequent as large ones until they are used up. A larger sample of the same seed
        starts with the smaller one. Raises InvalidInputError when `n` is not in 1..size.
        """
        if balance not in BALANCES:
            raise UnknownNameError("balance", balance, BALANCES)
        n, seed = whole_number("n", n), whole_number("seed", seed)
        if not 1 <= n <= self.size:
            raise InvalidInputError(f"cannot draw {n} distinct cases from {self.size}: draw 1 to {self.size}")
        if balance == "point":
            return self._view(Shuffled(self.size, n, seed))
        if self.count_branches() > MANY:
            raise InvalidInputError(
                f"{self.count_branches()} branches cannot take turns (at most {MANY}): use balance='point'"
            )
        return self._view(Balanced([(start, stop) for _, start, stop in self.spans()], n, seed))

    def _view(self, index_map: IndexMap) -> Source:
        return View(self, index_map)

    def spans(self) -> Iterator[Span]:
        """The branches in order, each with the range of indices that it fills."""
        position = 0
        while position < self.size:
            yield (span := self.span_at(position))
            position = span[2]

    def count_branches(self) -> int:
        """The number of branches; of a view it is counted no further than a million and one."""
        return sum(1 for _ in islice(self.spans(), MANY + 1))

    def branches(self) -> Sequence[Branch]:
        """The disjoint parts of the space, with exact counts."""
        if self.count_branches() > MANY:
            raise InvalidInputError(f"{self.count_branches()} branches are too many to list (at most {MANY})")
        return [branch for branch, _, _ in self.spans()]

    def explain(self) -> str:
        """What the space holds, as text: its exact size and every branch with its axes."""
        branches = (branch for branch, _, _ in self.spans())
        return explain(self.describe(), self.size, self._branch_count_text(), branches)

    def _branch_count_text(self) -> str:
        return counted(self.count_branches(), "branch", "branches")

    def __repr__(self) -> str:
        return f"<{self.describe()}: {self.size} cases>"


class View(Source):
    """Some cases of another source, picked by an index map."""

    def __init__(self, parent: Source, index_map: IndexMap) -> None:
        self.parent = parent
        self.index_map = index_map
        self.size = length(index_map) if isinstance(index_map, range) else index_map.size
        self.resolver = parent.resolver

    def describe(self) -> str:
        kind = {range: "slice", Shuffled: "sample", Balanced: "sample balanced by branch"}[type(self.index_map)]
        return f"{kind} of {self.parent.describe()} with {self.parent.size} cases"

    def values(self) -> Iterator[tuple[str, Values]]:
        return self.parent.values()

    def names(self) -> tuple[frozenset[str], frozenset[str]]:
        return self.parent.names()

    def case(self, index: int) -> Case:
        return self.parent.case(self.index_map[index])

    def walk(self, start: int, stop: int) -> Iterator[Case]:
        index_map, case = self.index_map, self.parent.case
        if isinstance(index_map, range) and index_map.step == 1:
            return self.parent.walk(index_map.start + start, index_map.start + stop)
        return (case(index_map[index]) for index in range(start, stop))

    def _branch_count_text(self) -> str:
        count = self.count_branches()
        return counted(count, "branch", "branches") if count <= MANY else f"more than {MANY:,} branches"

    def _view(self, index_map: IndexMap) -> Source:
        if isinstance(self.index_map, range) and isinstance(index_map, range):
            return View(self.parent, compose(self.index_map, index_map))
        return View(self, index_map)

    def span_at(self, index: int) -> Span:
        index_map = self.index_map
        if not isinstance(index_map, range):  # which branch a draw falls into is known one draw at a time
            return Branch("sample", self.size, {}), 0, self.size
        branch, low, high = self.parent.span_at(index_map[index])
        start, stop = positions(index_map, low, high)
        return branch._replace(size=stop - start), start, stop

    def when(self, *_condition: object, **_axes: object) -> NoReturn:
        """Refuse: the branches of a view are not known without walking it."""
        raise InvalidInputError("put conditions on the space before it is sliced, sharded or sampled")

    where = without = when
