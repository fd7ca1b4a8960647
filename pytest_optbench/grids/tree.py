"""The shape of a space: products and disjoint unions of factors, counted and searched without walking them.

A *branch* is one choice at every union, and so a plain product of factors. Cases are ordered branch by
branch, and branches in the order of the choices, the first union slowest. Unions inside a product are never
multiplied out: twenty independent conditions are twenty small nodes, though they make a million branches.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from itertools import accumulate
from math import prod
from typing import NamedTuple, TypeAlias

from pytest_optbench.errors import InvalidInputError

from .factors import Factor

_NOTHING: frozenset[str] = frozenset()


class Found(NamedTuple):
    """A branch inside a node: the labels chosen on the way, its factors, and the index of its first case."""

    labels: tuple[str, ...]
    factors: tuple[Factor, ...]
    start: int

    @property
    def size(self) -> int:
        """The number of cases of the branch."""
        return prod(factor.size for factor in self.factors)


class Product:
    """Every combination of its children, whose parameters are disjoint."""

    def __init__(self, children: Sequence[Node]) -> None:
        self.children = tuple(children)
        _refuse_shared_names(self.children)
        self.size: int = prod(child.size for child in children)
        self.branch_count: int = prod(branch_count(child) for child in children)
        self.always: frozenset[str] = frozenset().union(*(child.always for child in children))
        self.possible: frozenset[str] = frozenset().union(*(child.possible for child in children))

    def at_index(self, index: int) -> Found:
        """The branch that holds the case at `index`.

        The children's choices are found from left to right. While child k is chosen, the cases that agree
        with the choices so far form `chosen x child k x later children`, so every case of child k stands for
        `chosen.size * later.size` of them.
        """
        labels: tuple[str, ...] = ()
        factors: tuple[Factor, ...] = ()
        start, chosen, later = 0, 1, self.size
        for child in self.children:
            later //= child.size
            found = find(child, (index - start) // (chosen * later))
            start += found.start * chosen * later
            chosen *= found.size
            labels, factors = labels + found.labels, factors + found.factors
        return Found(labels, factors, start)

    def at_branch(self, number: int) -> Found:
        """The branch of that number, counted from 0."""
        labels: tuple[str, ...] = ()
        factors: tuple[Factor, ...] = ()
        start, chosen, later, rest = 0, 1, self.size, self.branch_count
        for child in self.children:
            later //= child.size
            rest //= branch_count(child)
            found = find_branch(child, number // rest)
            number %= rest
            start += found.start * chosen * later
            chosen *= found.size
            labels, factors = labels + found.labels, factors + found.factors
        return Found(labels, factors, start)


class Union:
    """The cases of its children one after another; no case is in two of them."""

    def __init__(self, children: Sequence[Node], labels: Sequence[str], split_by: frozenset[str] = _NOTHING) -> None:
        self.children = tuple(children)
        self.labels = tuple(labels)
        self.split_by = split_by  # the parameters whose values a condition split it by; none when a user joined it
        self._ends = list(accumulate(child.size for child in children))
        self._branch_ends = list(accumulate(branch_count(child) for child in children))
        self.size: int = self._ends[-1]
        self.branch_count: int = self._branch_ends[-1]
        self.always: frozenset[str] = frozenset.intersection(*(child.always for child in children))
        self.possible: frozenset[str] = frozenset().union(*(child.possible for child in children))

    def at_index(self, index: int) -> Found:
        """The branch that holds the case at `index`."""
        chosen = bisect_right(self._ends, index)
        start = self._start(chosen)
        return self._below(chosen, find(self.children[chosen], index - start))

    def at_branch(self, number: int) -> Found:
        """The branch of that number, counted from 0."""
        chosen = bisect_right(self._branch_ends, number)
        before = self._branch_ends[chosen - 1] if chosen else 0
        return self._below(chosen, find_branch(self.children[chosen], number - before))

    def _start(self, chosen: int) -> int:
        return self._ends[chosen - 1] if chosen else 0

    def _below(self, chosen: int, found: Found) -> Found:
        labels = (self.labels[chosen], *found.labels)
        return Found(labels, found.factors, self._start(chosen) + found.start)


Node: TypeAlias = Factor | Product | Union


def branch_count(node: Node) -> int:
    """How many branches a node has."""
    return node.branch_count if isinstance(node, (Product, Union)) else 1


def find(node: Node, index: int) -> Found:
    """The branch of `node` that holds the case at `index`, in O(depth x log width)."""
    return node.at_index(index) if isinstance(node, (Product, Union)) else Found((), (node,), 0)


def find_branch(node: Node, number: int) -> Found:
    """The branch of `node` of that number, in O(depth x log width)."""
    return node.at_branch(number) if isinstance(node, (Product, Union)) else Found((), (node,), 0)


def leaves(node: Node) -> list[Factor]:
    """Every factor of the tree, once, in order."""
    if isinstance(node, (Product, Union)):
        return [leaf for child in node.children for leaf in leaves(child)]
    return [node]


def keys_of(node: Node, name: str) -> frozenset[Hashable] | None:
    """The keys of every value that a parameter can take in a node; None when they cannot be listed."""
    parts = [leaf.keys_of(name) for leaf in leaves(node) if name in leaf.possible]
    return None if None in parts else frozenset().union(*(part for part in parts if part is not None))


def _refuse_shared_names(nodes: Iterable[Node]) -> None:
    seen: set[str] = set()
    for node in nodes:
        shared = seen & node.possible
        if shared:
            raise InvalidInputError(
                f"{sorted(shared)} would be set twice in one case: let every parameter of a product, or of a "
                "branch under a condition, come from one place"
            )
        seen |= node.possible
