"""Where a case stands in a product of axes: positions as digits, the fastest axis last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Axes = Mapping[str, Sequence[Any]]


def case_at(axes: Axes, order: Sequence[str], index: int) -> dict[str, Any]:
    """The case at `index` of the product; `order` names the axes from the slowest to the fastest."""
    case = {}
    for name in reversed(order):
        index, digit = divmod(index, len(axes[name]))
        case[name] = axes[name][digit]
    return case


def axis_order(axes: Axes, case: Callable[[int], Mapping[str, Any]]) -> list[str]:
    """The axes from the slowest to the fastest, as `case(i)` turns them; fewer than all where it turns otherwise.

    All axes must have more than one value: then the first step of each stands where those that turn faster begin anew.
    """
    first, step = case(0), 1
    order: list[str] = []
    while len(order) < len(axes):
        found = case(step)
        changed = [name for name in axes if found[name] != first[name]]
        if len(changed) != 1 or changed[0] in order:
            break
        order.append(changed[0])
        step *= len(axes[changed[0]])
    return order[::-1]
