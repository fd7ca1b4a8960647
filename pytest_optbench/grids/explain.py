"""A space as text: how many cases, in which branches, from which axes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import islice

from .case import Branch

SHOWN = 40  # branches that are printed
EXACT = 10**30  # counts from here on are rounded


def explain(title: str, size: int, branch_count: str, branches: Iterable[Branch]) -> str:
    """Return the text of `Source.explain`: a title with the count, and a line for each branch."""
    listed = list(islice(branches, SHOWN + 1))
    shown = listed[:SHOWN]
    label_width = max((len(branch.label) for branch in shown), default=0)
    size_width = max((len(number(branch.size)) for branch in shown), default=0)
    lines = [f"{title}: {counted(size, 'case', 'cases')} in {branch_count}"]
    for branch in shown:
        axes = " x ".join(f"{name}({number(values)})" for name, values in branch.axes.items())
        lines.append(f"  {branch.label:<{label_width}}  {number(branch.size):>{size_width}}  {axes}".rstrip())
    if len(listed) > SHOWN:
        lines.append(f"  ... the first {SHOWN} of {branch_count}")
    return "\n".join(lines)


def counted(count: int, one: str, many: str) -> str:
    """Return a count with its noun."""
    return f"{number(count)} {one if count == 1 else many}"


def number(value: int) -> str:
    """Return a count as text: exact with thousands separators, or rounded if it is `EXACT` or larger."""
    return f"{value:,}" if value < EXACT else f"about {Decimal(value):.3e}"
