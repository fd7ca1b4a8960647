"""Refuse unions that hold a case twice, by their axes instead of a list of their cases."""

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
    """Refuse nodes if two of them share a case.

    For axes and rows the answer is exact at every size. Random draws or samples are compared with another source of the
    same parameters case by case, up to 10,000 cases; beyond that, equal ones can go unnoticed. Equal cases are then
    one run, because runs are identified by their parameters.

    Raises:
        InvalidInputError: two nodes share a case; the message shows it.
    """
    for first, second in _candidates(nodes):
        shared = common_case(nodes[first], nodes[second])
        if shared is not None:
            raise InvalidInputError(
                f"sources {labels[first]!r} and {labels[second]!r} both hold {shared!r}: take it out of one of them"
            )


def _candidates(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of nodes that may share a case, by the one common parameter that leaves the fewest pairs."""
    names = frozenset.intersection(*(node.always for node in nodes))
    keys_by_name = [{name: keys_of(node, name) for name in names} for node in nodes]
    fewest: dict[Hashable, list[int]] | None = None
    for name in sorted(names):
        buckets: dict[Hashable, list[int]] = defaultdict(list)
        for position, keys in enumerate(keys_by_name):
            for value in keys[name] or ():
                buckets[value].append(position)
        if all(keys[name] is not None for keys in keys_by_name) and (
            fewest is None or _pair_count(buckets) < _pair_count(fewest)
        ):
            fewest = buckets
    if fewest is None:
        yield from combinations(range(len(nodes)), 2)
        return
    yield from sorted({pair for members in fewest.values() for pair in combinations(members, 2)})


def _pair_count(buckets: dict[Hashable, list[int]]) -> int:
    return sum(len(members) * (len(members) - 1) // 2 for members in buckets.values())


def common_case(first: Node, second: Node) -> dict[str, Any] | None:
    """Return a case that is in both nodes, or None."""
    if first.always - second.possible or second.always - first.possible or _are_disjoint(first, second):
        return None
    for one, other in ((first, second), (second, first)):
        parts = _split(one)
        if parts:
            return next((case for part in parts if (case := common_case(part, other)) is not None), None)
    return _common_in_branches(_factors(first), _factors(second))


def _are_disjoint(first: Node, second: Node) -> bool:
    """Return whether the nodes have no value in common for one of their parameters."""
    for name in first.always & second.always:
        one, other = keys_of(first, name), keys_of(second, name)
        if one is not None and other is not None and one.isdisjoint(other):
            return True
    return False


def _split(node: Node) -> list[Node]:
    """Split a node at its first union into smaller, disjoint nodes; an empty list if it is a single branch."""
    if isinstance(node, Union):
        return list(node.children)
    if isinstance(node, Product):
        for position, child in enumerate(node.children):
            before, after = node.children[:position], node.children[position + 1 :]
            parts = _split(child)
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
    """Return a common case of two products of axes over the same parameters: there is one if all axes share a value."""
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
    """Return a list with one value of both axes, or an empty list."""
    if isinstance(one.items, range) and isinstance(other.items, range):
        return shared_in_ranges(one.items, other.items)
    if isinstance(one.items, range):
        one, other = other, one
    return [value for value in one.items if other.holds({other.name: value})][:1]


def shared_in_ranges(one: range, other: range) -> list[int]:
    """Return a list with one element of both ranges (by the Chinese remainder theorem), or an empty list."""
    if one.step < 0 or other.step < 0:
        return shared_in_ranges(*(items if items.step > 0 else items[::-1] for items in (one, other)))
    divisor = gcd(one.step, other.step)
    distance, rest = divmod(other.start - one.start, divisor)
    if rest:
        return []
    steps = distance * pow(one.step // divisor, -1, other.step // divisor)
    period = one.step // divisor * other.step
    meeting = (one.start + one.step * steps) % period
    low = max(one.start, other.start)
    found = low + (meeting - low) % period
    return [found] if found in one and found in other else []
