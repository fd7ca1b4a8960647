"""What a source of parameters hands out: cases, and branches for those who want to look inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Case(NamedTuple):
    """One point of a parameter space.

    `params` is a fresh dict (its values are shared with the other cases); `case_id` says where the case
    stands in the space it comes from, such as `"adam:17"`, and stays the same in slices, shards and samples.
    """

    params: dict[str, Any]
    case_id: str
    tags: tuple[str, ...] = ()


class Branch(NamedTuple):
    """One disjoint part of a space: label, exact number of cases, and number of values by parameter."""

    label: str
    size: int
    axes: Mapping[str, int]
