"""Spaces: trees of products and unions, given conditions and indexed branch by branch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_optbench.errors import InvalidInputError

from . import tree
from .block import Block
from .case import Branch, Case, cases
from .conditions import Condition, attach, drop, keep
from .factors import Axis, Values
from .source import Source, Span
from .view_factor import ViewFactor


class Space(Source):
    """A tree of products and unions."""

    def __init__(self, node: tree.Node, kind: str = "grid", resolver: Any = None, tags: tuple[str, ...] = ()) -> None:
        self.node = node
        self.size = node.size
        self.kind = kind
        self.resolver = resolver
        self.tags = tags
        self._last: tuple[str, Block] | None = None

    def when(self, condition: Condition, /, *sources: Source, **axes: Values) -> Space:
        """More parameters for the cases where a condition holds; elsewhere they are absent.

        `condition` maps parameters to a value, a list of values (one of them) or a predicate; all must hold,
        and none holds where its parameter is absent, so conditions nest: `grid(algorithm=["adam", "random"],
        dim=[5, 10]) .when({"algorithm": "random"}, strategy=["uniform", "shrinking"]) .when({"strategy":
        "shrinking"}, factor=[0.5, 0.9])`. Raises InvalidInputError when the condition holds nowhere, names a
        value the space does not have, or the parameters are set already.
        """
        extra = [*map(node_of, sources), *(Axis(name, values) for name, values in axes.items())]
        if not extra:
            raise InvalidInputError("a condition without parameters changes nothing: name some, or use where(...)")
        return self._with(attach(self.node, condition, extra))

    def where(self, condition: Condition, /) -> Space:
        """Only the cases where a condition holds.

        Raises:
            InvalidInputError: there are none.
        """
        return self._with(keep(self.node, condition))

    def without(self, condition: Condition, /) -> Space:
        """Only the cases where a condition does not hold.

        Raises:
            InvalidInputError: there are none.
        """
        return self._with(drop(self.node, condition))

    def _with(self, node: tree.Node) -> Space:
        return Space(node, self.kind, self.resolver, self.tags)

    def describe(self) -> str:
        return self.kind

    def values(self) -> Iterator[tuple[str, Values]]:
        for leaf in tree.leaves(self.node):
            yield from leaf.values()

    def names(self) -> tuple[frozenset[str], frozenset[str]]:
        return self.node.always, self.node.possible

    def case(self, index: int) -> Case:
        label, block = self._block_at(index)
        index -= block.start
        return Case(block.params(index), f"{label}:{index}", self.tags)

    def _block_at(self, index: int) -> tuple[str, Block]:
        """The branch that holds `index`; neighbours mostly share it, so the last one is kept."""
        last = self._last
        if last is not None and last[1].start <= index < last[1].start + last[1].size:
            return last
        found = tree.find(self.node, index)
        last = self._last = (self._label(found), Block(found))
        return last

    def walk(self, start: int, stop: int) -> Iterator[Case]:
        while start < stop:
            label, block = self._block_at(start)
            offset = start - block.start
            until = min(stop - block.start, block.size)
            case_ids = map(f"{label}:".__add__, map(str, range(offset, until)))
            yield from cases(block.walk(offset, until), case_ids, self.tags)
            start = block.start + until

    def count_branches(self) -> int:
        return tree.branch_count(self.node)

    def span_at(self, index: int) -> Span:
        found = tree.find(self.node, index)
        axes: dict[str, int] = {}
        for factor in found.factors:
            axes.update(factor.counts())
        return Branch(self._label(found), found.size, axes), found.start, found.start + found.size

    def _label(self, found: tree.Found) -> str:
        return "/".join(found.labels) or self.kind


def node_of(source: Source) -> tree.Node:
    """The tree of a source; a view becomes a leaf."""
    if isinstance(source, Space):
        return source.node
    if isinstance(source, Source):
        return ViewFactor(source)
    raise InvalidInputError(f"{source!r} is no source: make one with grid, manual, random or grid_union")
