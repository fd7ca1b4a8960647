"""A space as text: how many cases, in which branches, from which axes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import islice

from pytest_optbench.grids.case import Branch

SHOWN = 40  # branches printed before the rest is only counted
EXACT = 10**30  # larger counts are rounded


def explain(what: str, size: int, count: int, branches: Iterable[Branch]) -> str:
    """The lines of `Source.explain`."""
    shown = list(islice(branches, SHOWN))
    head = f"{what}: {number(size)} {'case' if size == 1 else 'cases'} in {number(count)} "
    lines = [head + ("branch" if count == 1 else "branches")]
    label_width = max((len(branch.label) for branch in shown), default=0)
    size_width = max((len(number(branch.size)) for branch in shown), default=0)
    for branch in shown:
        axes = " x ".join(f"{name}({number(values)})" for name, values in branch.axes.items())
        lines.append(f"  {branch.label:<{label_width}}  {number(branch.size):>{size_width}}  {axes}".rstrip())
    if count > len(shown):
        lines.append(f"  ... and {number(count - len(shown))} more branches")
    return "\n".join(lines)


def number(value: int) -> str:
    """A count for people: exact with thousands separators, or rounded when that would fill the screen."""
    return f"{value:,}" if value < EXACT else f"about {Decimal(value):.3e}"
