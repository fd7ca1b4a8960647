"""Refuses unions in which a case would come twice; decided from the axes, not by listing the cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations
from math import gcd, prod
from typing import Any

from pytest_optbench.errors import InvalidInputError

from .block import Block
from .factors import LISTED, Axis, Factor
from .tree import Found, Node, Product, Union, keys_of


def refuse_overlap(nodes: Sequence[Node], labels: Sequence[str]) -> None:
    """Raise InvalidInputError when two nodes share a case, with such a case.

    Exact for axes and rows at every size. Where random draws or samples meet another source with the same
    parameters, the cases are compared one by one up to 10,000; beyond that, equal ones can go unnoticed (they
    are one run, since runs are known by their parameters).
    """
    for first, second in _candidates(nodes):
        shared = common_case(nodes[first], nodes[second])
        if shared is not None:
            raise InvalidInputError(
                f"sources {labels[first]!r} and {labels[second]!r} both hold {shared!r}: take it out of one of them"
            )


def _candidates(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """Pairs that the most telling common parameter does not already keep apart."""
    names = frozenset.intersection(*(node.always for node in nodes))
    known = [{name: keys_of(node, name) for name in names} for node in nodes]
    best: dict[Hashable, list[int]] | None = None
    for name in sorted(names):
        buckets: dict[Hashable, list[int]] = defaultdict(list)
        for position, keys in enumerate(known):
            for value in keys[name] or ():
                buckets[value].append(position)
        if all(keys[name] is not None for keys in known) and (best is None or _pairs(buckets) < _pairs(best)):
            best = buckets
    if best is None:
        yield from combinations(range(len(nodes)), 2)
        return
    yield from sorted({pair for members in best.values() for pair in combinations(members, 2)})


def _pairs(buckets: dict[Hashable, list[int]]) -> int:
    return sum(len(members) * (len(members) - 1) // 2 for members in buckets.values())


def common_case(first: Node, second: Node) -> dict[str, Any] | None:
    """A case that is in both nodes, or None."""
    if first.always - second.possible or second.always - first.possible or _apart(first, second):
        return None
    for one, other in ((first, second), (second, first)):
        parts = _parts(one)
        if parts:
            return next((case for part in parts if (case := common_case(part, other)) is not None), None)
    return _common_in_branches(_factors(first), _factors(second))


def _apart(first: Node, second: Node) -> bool:
    for name in first.always & second.always:
        one, other = keys_of(first, name), keys_of(second, name)
        if one is not None and other is not None and one.isdisjoint(other):
            return True
    return False


def _parts(node: Node) -> list[Node]:
    """The node as a list of disjoint smaller ones, split at its first union; empty when it is one branch."""
    if isinstance(node, Union):
        return list(node.children)
    if isinstance(node, Product):
        for position, child in enumerate(node.children):
            before, after = node.children[:position], node.children[position + 1 :]
            parts = _parts(child)
            if parts:
                return [Product([*before, part, *after]) for part in parts]
    return []


def _factors(node: Node) -> tuple[Factor, ...]:
    if isinstance(node, Product):
        return tuple(factor for child in node.children for factor in _factors(child))
    return () if isinstance(node, Union) else (node,)


def _common_in_branches(first: tuple[Factor, ...], second: tuple[Factor, ...]) -> dict[str, Any] | None:
    if all(isinstance(factor, Axis) for factor in first + second):
        return _common_in_axes(first, second)
    small, large = sorted((first, second), key=lambda factors: prod(factor.size for factor in factors))
    block = Block(Found((), small, 0))
    if block.size > LISTED:
        return None
    return next((case for case in block.walk(0, block.size) if all(factor.holds(case) for factor in large)), None)


def _common_in_axes(first: Sequence[Factor], second: Sequence[Factor]) -> dict[str, Any] | None:
    """Two products of axes over the same parameters share a case when every pair of axes shares a value."""
    others = {axis.name: axis for axis in second if isinstance(axis, Axis)}
    case = {}
    for axis in first:
        if isinstance(axis, Axis):
            shared = _shared_value(axis, others[axis.name])
            if not shared:
                return None
            case[axis.name] = shared[0]
    return case


def _shared_value(one: Axis, other: Axis) -> list[Any]:
    """A value of both axes, in a list; empty when there is none."""
    if isinstance(one.items, range) and isinstance(other.items, range):
        return shared_in_ranges(one.items, other.items)
    if isinstance(one.items, range):
        one, other = other, one
    return [value for value in one.items if other.holds({other.name: value})][:1]


def shared_in_ranges(one: range, other: range) -> list[int]:
    """An element of both ranges, in a list, by the Chinese remainder theorem; empty when there is none."""
    if one.step < 0 or other.step < 0:
        return shared_in_ranges(*(items if items.step > 0 else items[::-1] for items in (one, other)))
    divisor = gcd(one.step, other.step)
    apart, rest = divmod(other.start - one.start, divisor)
    if rest:
        return []
    turns = apart * pow(one.step // divisor, -1, other.step // divisor)
    period = one.step // divisor * other.step
    meeting = (one.start + one.step * turns) % period
    low = max(one.start, other.start)
    found = low + (meeting - low) % period
    return [found] if found in one and found in other else []
