"""The items of a parameter source: cases, and branches that describe its structure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple


class Case(NamedTuple):
    """One point of a parameter space.

    `params` is a fresh dict (its values are shared with the other cases); `case_id` says where the case
    stands in the space it comes from, such as `"adam:17"`, and stays the same in slices, shards and samples.
    """

    params: dict[str, Any]
    case_id: str
    tags: tuple[str, ...] = ()


def cases(params: Iterable[dict[str, Any]], case_ids: Iterable[str], tags: tuple[str, ...] = ()) -> Iterator[Case]:
    """Yield cases with the same tags, made in C: a call for each of a million cases would be slow."""
    return map(partial(tuple.__new__, Case), zip(params, case_ids, repeat(tags), strict=False))


class Branch(NamedTuple):
    """One disjoint part of a space: label, exact number of cases, and number of values by parameter."""

    label: str
    size: int
    axes: Mapping[str, int]
