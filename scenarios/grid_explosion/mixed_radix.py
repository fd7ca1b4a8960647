"""Positions of cases in a product of axes, as numbers of mixed radix: a digit for each axis, the fastest axis last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Axes = Mapping[str, Sequence[Any]]


def case_at(axes: Axes, order: Sequence[str], index: int) -> dict[str, Any]:
    """Return the case at `index` of the product; `order` names the axes from the slowest to the fastest."""
    case = {}
    for name in reversed(order):
        index, digit = divmod(index, len(axes[name]))
        case[name] = axes[name][digit]
    return case


def axis_order(axes: Axes, case: Callable[[int], Mapping[str, Any]]) -> list[str]:
    """Return the names of the axes, from the slowest to the fastest in `case(i)`; fewer if it walks no product.

    All axes must have more than one value. Where an axis takes its second value, all faster axes are at their first.
    """
    first, step = case(0), 1
    order: list[str] = []
    while len(order) < len(axes):
        other = case(step)
        changed = [name for name in axes if other[name] != first[name]]
        if len(changed) != 1 or changed[0] in order:
            break
        order.append(changed[0])
        step *= len(axes[changed[0]])
    return order[::-1]
