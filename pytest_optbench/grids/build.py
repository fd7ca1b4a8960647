"""The functions that make sources: grid, product, grid_union, manual, with_resolver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, overload

from pytest_optbench.errors import InvalidInputError

from .duplicates import refuse_overlap
from .equality import first_repeated
from .external import ExternalCases, are_cases
from .factors import Axis, Rows, Values
from .labels import union_labels
from .source import Source
from .space import Space, node_of
from .tree import Product, Union


def grid(**axes: Values) -> Space:
    """Every combination of the values of each parameter, the last parameter turning fastest.

    Raises:
        InvalidInputError: a parameter has no values, a value twice, or values without an order.
    """
    if not axes:
        raise InvalidInputError("an empty grid has nothing to run: name at least one parameter")
    return Space(Product([Axis(name, values) for name, values in axes.items()]))


def product(*sources: Source) -> Space:
    """Every combination of the cases of several sources, the last source turning fastest within a branch.

    Raises:
        InvalidInputError: two sources set the same parameter.
    """
    _refuse_empty(sources, "product")
    return Space(Product([node_of(source) for source in sources]), resolver=_common_resolver(sources))


def grid_union(*sources: Source, labels: Sequence[str] | None = None) -> Space:
    """The cases of several sources one after another, each below a label.

    Labels default to the value of a parameter that distinguishes the sources (such as `algorithm`), else to 0,
    1, ... Raises InvalidInputError when a case is in two sources.
    """
    _refuse_empty(sources, "union")
    nodes = [node_of(source) for source in sources]
    if labels is None:
        labels = union_labels(nodes)
    if len(labels) != len(sources) or len(set(labels)) < len(labels):
        raise InvalidInputError(f"{len(sources)} sources need as many distinct labels, not {list(labels)!r}")
    if not all(isinstance(label, str) for label in labels):
        raise InvalidInputError(f"labels are strings, not {list(labels)!r}")
    refuse_overlap(nodes, labels)
    return Space(Union(nodes, labels), "union", _common_resolver(sources))


def manual(cases: Iterable[Mapping[str, Any]], tags: Iterable[str] | None = None) -> Space:
    """The parameter dicts of a list, in order, each with these tags.

    Raises:
        InvalidInputError: the list is empty, an item is no mapping with string keys, a row is repeated, or a tag is no
            string.
    """
    labels = () if tags is None else tuple(tags)
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in labels):
        raise InvalidInputError(f"tags are {tags!r}: give a list of strings")
    listed = [_checked_row(position, row) for position, row in enumerate(cases)]
    if not listed:
        raise InvalidInputError("an empty list has nothing to run: give at least one parameter dict")
    pair = first_repeated(listed)
    if pair is not None:
        raise InvalidInputError(f"rows {pair[0]} and {pair[1]} are the same: {listed[pair[0]]!r}; every row once")
    return Space(Rows(listed), "manual", tags=labels)


@overload
def with_resolver(source: Source, resolver: Any) -> Source: ...
@overload
def with_resolver(source: Iterable[Any], resolver: Any) -> ExternalCases: ...
def with_resolver(source: Source | Iterable[Any], resolver: Any) -> Source | ExternalCases:
    """The same source with a resolver, which makes the final parameters from the raw ones at planning.

    A source of another maker is any iterable of objects with `.params`, `.case_id` and `.tags`; `resolver` is a
    callable, or has a method `resolve`, of `(context_meta, params_raw)` that returns a dict.

    Raises:
        InvalidInputError: the resolver is of another kind, or the source has one already.
    """
    if not callable(resolver) and not callable(getattr(resolver, "resolve", None)):
        raise InvalidInputError(
            f"{resolver!r} cannot resolve parameters: give a callable of (context_meta, params_raw), "
            "or an object with such a method `resolve`"
        )
    if not isinstance(source, Source) and not are_cases(source):
        raise InvalidInputError(f"{source!r} is no source: make one with grid, manual, random or grid_union")
    if getattr(source, "resolver", None) is not None:
        raise InvalidInputError("this source has a resolver already: call both in one function")
    if not isinstance(source, Source):
        return ExternalCases(source, resolver)
    twin = copy(source)
    twin.resolver = resolver
    return twin


def _refuse_empty(sources: Sequence[Source], what: str) -> None:
    if not sources:
        raise InvalidInputError(f"an empty {what} has nothing to run: give at least one source")
    for position, source in enumerate(sources):
        if isinstance(source, Source) and not source.size:
            raise InvalidInputError(f"source {position} of the {what} is empty: leave it out")


def _common_resolver(sources: Sequence[Source]) -> Any:
    first = sources[0].resolver
    if any(source.resolver is not first for source in sources):
        raise InvalidInputError("these sources have different resolvers: compose first, then call with_resolver")
    return first


def _checked_row(position: int, row: Any) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise InvalidInputError(f"row {position} is {row!r}: every row is a dict of parameters")
    for name in row:
        if not isinstance(name, str):
            raise InvalidInputError(f"row {position} names a parameter {name!r}: names are strings")
    return dict(row)
