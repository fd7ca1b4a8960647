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


def turning_order(axes: Axes, case: Callable[[int], Mapping[str, Any]]) -> list[str]:
    """The axes from the slowest to the fastest, as `case(i)` turns them; fewer than all where it turns otherwise.

    All axes must have the same number of values: then one step of each stands at a power of that number.
    """
    (radix,) = {len(values) for values in axes.values()}
    first = case(0)
    steps = (case(radix**place) for place in range(len(axes)))
    changed = ([name for name in axes if step[name] != first[name]] for step in steps)
    single = [names[0] for names in changed if len(names) == 1]
    return list(dict.fromkeys(reversed(single)))
