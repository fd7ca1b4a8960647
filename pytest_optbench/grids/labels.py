"""Names for branches, made from the values that distinguish them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import islice
from typing import Any

from .equality import equality_key
from .factors import Axis
from .text import to_text
from .tree import Node, leaves

SHOWN = 3  # values written out in a label


def union_labels(nodes: Sequence[Node]) -> list[str]:
    """A distinct label for each source: the value of a parameter that is constant in each, else 0, 1, ..."""
    for leaf in leaves(nodes[0]):
        if isinstance(leaf, Axis) and len(nodes) > 1:
            constants = [_constant(node, leaf.name) for node in nodes]
            labels = [to_text(value[0]) for value in constants if value]
            if len(set(labels)) == len(nodes):
                return labels
    return [str(position) for position in range(len(nodes))]


def _constant(node: Node, name: str) -> list[Any]:
    """The one value that a parameter has throughout a node, in a list; empty when it has none or several."""
    if name not in node.always:
        return []
    found = distinct(values_of(node, name))
    return found if len(found) == 1 else []


def values_of(node: Node, name: str) -> list[Any]:
    """The values that a parameter can take in a node, equal ones once."""
    axes = [leaf for leaf in leaves(node) if isinstance(leaf, Axis) and leaf.name == name]
    others = [leaf for leaf in leaves(node) if not isinstance(leaf, Axis) and name in leaf.possible]
    values = [value for axis in axes for value in islice(axis.items, SHOWN + 1)]
    values += [value for leaf in others for owner, items in leaf.values() if owner == name for value in items]
    return distinct(values)


def distinct(values: Iterable[Any]) -> list[Any]:
    """The values, equal ones once, in order."""
    seen: dict[Hashable, Any] = {}
    for value in values:
        seen.setdefault(equality_key(value), value)
    return list(seen.values())


def piece_label(node: Node, names: Iterable[str]) -> str:
    """What a part of a split space has in common: `algorithm=adam,dim=5|10`."""
    parts = []
    for name in names:
        values = values_of(node, name)
        first = "|".join(map(to_text, values[:SHOWN])) + ("|.." if len(values) > SHOWN else "")
        parts.append(f"{name}={first}" if values else f"no {name}")
    return ",".join(parts)


def unique(labels: Iterable[str]) -> list[str]:
    """The labels, with `#2`, `#3`, ... added where one comes again."""
    taken: set[str] = set()
    result = []
    for label in labels:
        candidate, number = label, 1
        while candidate in taken:
            number += 1
            candidate = f"{label}#{number}"
        taken.add(candidate)
        result.append(candidate)
    return result
