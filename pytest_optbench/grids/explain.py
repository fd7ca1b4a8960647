"""A space as text: how many cases, in which branches, from which axes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import islice

from .case import Branch

SHOWN = 40  # branches that are printed
EXACT = 10**30  # larger counts are rounded


def explain(what: str, size: int, branch_count: str, branches: Iterable[Branch]) -> str:
    """The lines of `Source.explain`."""
    listed = list(islice(branches, SHOWN + 1))
    shown = listed[:SHOWN]
    label_width = max((len(branch.label) for branch in shown), default=0)
    size_width = max((len(number(branch.size)) for branch in shown), default=0)
    lines = [f"{what}: {counted(size, 'case', 'cases')} in {branch_count}"]
    for branch in shown:
        axes = " x ".join(f"{name}({number(values)})" for name, values in branch.axes.items())
        lines.append(f"  {branch.label:<{label_width}}  {number(branch.size):>{size_width}}  {axes}".rstrip())
    if len(listed) > SHOWN:
        lines.append(f"  ... the first {SHOWN} of {branch_count}")
    return "\n".join(lines)


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun."""
    return f"{number(count)} {one if count == 1 else many}"


def number(value: int) -> str:
    """A count for people: exact with thousands separators, or rounded when that would fill the screen."""
    return f"{value:,}" if value < EXACT else f"about {Decimal(value):.3e}"
