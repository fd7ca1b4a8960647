"""Conditions, compiled: a space is split into the part where a condition holds and parts where it does not.

A condition names the values that some parameters must have; it does not hold where one of them is absent.
Splitting touches only the factors that carry these parameters, so independent conditions stay independent
nodes of the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pytest_optbench.errors import InvalidInputError, UnknownNameError

from .equality import equality_key
from .factors import Axis, Rows
from .labels import piece_label, unique, values_of
from .tree import Node, Product, Union, keys_of

Test: TypeAlias = Callable[[Any], bool]
Condition: TypeAlias = Mapping[str, Any]
Change: TypeAlias = Callable[[Node | None, list[Node]], list[Node]]

LONG = 1_000_000  # values of a range that a condition still looks at one by one


def compile_condition(condition: Condition, node: Node) -> dict[str, Test]:
    """A test for each parameter: from a value, from a list of values (one of them), or from a predicate.

    Raises:
        UnknownNameError: the space does not have the parameter.
        InvalidInputError: the space does not have the value.
    """
    if not isinstance(condition, Mapping) or not condition:
        raise InvalidInputError(f"a condition is a dict such as {{'algorithm': 'adam'}}, not {condition!r}")
    for name in condition:
        if name not in node.possible:
            raise UnknownNameError("parameter in a condition", name, node.possible)
    return {name: _test(name, wanted, node) for name, wanted in condition.items()}


def _test(name: str, wanted: Any, node: Node) -> Test:
    if callable(wanted):
        return lambda value: bool(wanted(value))
    known = keys_of(node, name)
    options = [wanted]
    if isinstance(wanted, (list, tuple, set, frozenset, range)) and (
        known is None or equality_key(wanted) not in known
    ):
        options = list(wanted)
    for option in options:
        if known is not None and equality_key(option) not in known:
            valid = ", ".join(map(repr, values_of(node, name)))
            raise InvalidInputError(f"parameter {name!r} is never {option!r} of this type; its values are {valid}")
    accepted = frozenset(map(equality_key, options))
    return lambda value: equality_key(value) in accepted


def split(node: Node, tests: Mapping[str, Test]) -> tuple[Node | None, list[Node]]:
    """The part of a node where every test holds, and disjoint parts that make up the rest."""
    if not tests.keys() <= node.possible:
        return None, [node]
    if isinstance(node, Union):
        return _split_union(node, tests)
    if isinstance(node, Product):
        return _split_product(node, tests)
    if isinstance(node, Axis):
        return _split_axis(node, tests[node.name])
    if isinstance(node, Rows):
        return _split_rows(node, tests)
    raise InvalidInputError(
        f"a condition cannot split random draws or views, which set {sorted(node.possible)}: put conditions "
        "on the grid before it is sliced or sampled, and join one random source per case with grid_union"
    )


def _split_axis(axis: Axis, test: Test) -> tuple[Node | None, list[Node]]:
    if axis.size > LONG:
        raise InvalidInputError(f"parameter {axis.name!r} has {axis.size} values: too many to test one by one")
    kept = [value for value in axis.items if test(value)]
    rest = [value for value in axis.items if not test(value)]
    return (Axis(axis.name, kept) if kept else None), ([Axis(axis.name, rest)] if rest else [])


def _split_rows(rows: Rows, tests: Mapping[str, Test]) -> tuple[Node | None, list[Node]]:
    holds = [all(name in row and test(row[name]) for name, test in tests.items()) for row in rows.rows]
    kept = [row for row, held in zip(rows.rows, holds, strict=True) if held]
    rest = [row for row, held in zip(rows.rows, holds, strict=True) if not held]
    return (Rows(kept) if kept else None), ([Rows(rest)] if rest else [])


def _split_union(union: Union, tests: Mapping[str, Test]) -> tuple[Node | None, list[Node]]:
    kept, rest = [], []
    for label, child in zip(union.labels, union.children, strict=True):
        held, others = split(child, tests)
        kept += [(label, held)] if held is not None else []
        rest += [(label, other) for other in others]
    left = _joined(rest, union.split_by)
    return _joined(kept, union.split_by), ([] if left is None else [left])


def _split_product(node: Product, tests: Mapping[str, Test]) -> tuple[Node | None, list[Node]]:
    """Split factor by factor: what differs in one factor only now is disjoint from what did before."""
    children: list[Node] = list(node.children)
    rest: list[Node] = []
    for position, child in enumerate(node.children):
        own = {name: test for name, test in tests.items() if name in child.possible}
        if own:
            held, others = split(child, own)
            rest += [Product([*children[:position], other, *children[position + 1 :]]) for other in others]
            if held is None:
                return None, rest
            children[position] = held
    return Product(children), rest


def apply(node: Node, tests: Mapping[str, Test], change: Change) -> list[Node]:
    """Split `node` as deep inside as possible and replace the parts by what `change` makes of them.

    Returns disjoint nodes over the same parameters that together are the new space; empty when nothing is
    left.
    """
    if not tests.keys() <= node.possible:
        return change(None, [node])
    if isinstance(node, Union):
        return _apply_to_union(node, tests, change)
    if isinstance(node, Product):
        return _apply_to_product(node, tests, change)
    return change(*split(node, tests))


def _apply_to_union(union: Union, tests: Mapping[str, Test], change: Change) -> list[Node]:
    """Split a condition's union further; a user's union keeps its labels, with the parts below them."""
    names = union.split_by | tests.keys()
    parts: list[tuple[str, Node]] = []
    for label, child in zip(union.labels, union.children, strict=True):
        changed = apply(child, tests, change)
        if len(changed) < 2:
            parts += [(label, part) for part in changed]
        elif union.split_by:
            parts += [(piece_label(part, sorted(names)), part) for part in changed]
        else:
            parts.append((label, _pieces(changed, frozenset(tests))))
    joined = _joined(parts, frozenset(names) if union.split_by else union.split_by)
    return [] if joined is None else [joined]


def _apply_to_product(node: Product, tests: Mapping[str, Test], change: Change) -> list[Node]:
    touched = [child for child in node.children if tests.keys() & child.possible]
    inner = apply(touched[0], tests, change) if len(touched) == 1 else _apply_to_several(touched, tests, change)
    if not inner:
        return []
    place = node.children.index(touched[0])
    others: list[Node] = [child for child in node.children if child not in touched]
    return [Product([*others[:place], _pieces(inner, frozenset(tests)), *others[place:]])]


def _apply_to_several(touched: Sequence[Node], tests: Mapping[str, Test], change: Change) -> list[Node]:
    """Multiply out the first union among the factors, so that only the parts that matter are split."""
    for place, child in enumerate(touched):
        if isinstance(child, Union):
            parts = [Product([*touched[:place], part, *touched[place + 1 :]]) for part in child.children]
            return _apply_to_union(Union(parts, child.labels, child.split_by), tests, change)
    return change(*split(Product(touched), tests))


def _pieces(parts: Sequence[Node], names: frozenset[str]) -> Node:
    """Disjoint parts as one node, labelled by the values of the parameters that split them."""
    if len(parts) == 1:
        return parts[0]
    return Union(parts, unique(piece_label(part, sorted(names)) for part in parts), names)


def _joined(parts: Sequence[tuple[str, Node]], split_by: frozenset[str]) -> Node | None:
    if not parts:
        return None
    return Union([node for _, node in parts], unique(label for label, _ in parts), split_by)


def attach(node: Node, condition: Condition, extra: Sequence[Node]) -> Node:
    """The node with more parameters where the condition holds; elsewhere they are absent.

    Raises:
        InvalidInputError: the condition holds nowhere.
    """
    held = []

    def change(kept: Node | None, rest: list[Node]) -> list[Node]:
        if kept is None:
            return rest
        held.append(kept)
        return [Product([kept, *extra]), *rest]

    parts = apply(node, compile_condition(condition, node), change)
    if not held:
        raise InvalidInputError(f"the condition {dict(condition)!r} holds nowhere in this space")
    return _pieces(parts, frozenset(condition))


def keep(node: Node, condition: Condition) -> Node:
    """The part of a node where the condition holds.

    Raises:
        InvalidInputError: that part is empty.
    """
    tests = compile_condition(condition, node)
    parts = apply(node, tests, lambda kept, _: [] if kept is None else [kept])
    return _nonempty(parts, condition)


def drop(node: Node, condition: Condition) -> Node:
    """The part of a node where the condition does not hold.

    Raises:
        InvalidInputError: that part is empty.
    """
    parts = apply(node, compile_condition(condition, node), lambda _, rest: rest)
    return _nonempty(parts, condition)


def _nonempty(parts: Sequence[Node], condition: Condition) -> Node:
    if not parts:
        raise InvalidInputError(f"the condition {dict(condition)!r} leaves nothing of this space")
    return _pieces(parts, frozenset(condition))
