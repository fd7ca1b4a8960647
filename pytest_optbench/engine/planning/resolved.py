"""A source with a resolver: iterating it shows the parameters that runs would get."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import index as as_int
from typing import Any, Protocol, overload

from pytest_optbench import grids
from pytest_optbench.errors import InvalidInputError
from pytest_optbench.grids import Case
from pytest_optbench.grids.external import size_of

from .isolation import private_copy

Resolve = Callable[[dict[str, Any], dict[str, Any]], Any]


class ParamResolver(Protocol):
    """An object that makes the parameters of a run from those of a case and the members of the context."""

    def resolve(self, context_meta: dict[str, Any], params_raw: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters of the run, or raise an exception, which refuses the case."""
        ...


class ResolvedSource:
    """The cases of another source, resolved one by one as they are asked for.

    A sweep resolves them with the members of its context and those of `context_meta`, which win where both have one;
    iterating resolves them with `context_meta` alone. `raw` is the other source.
    """

    def __init__(self, source: Iterable[Any], resolver: Any, context_meta: Mapping[str, Any] | None = None) -> None:
        self._attached = grids.with_resolver(source, resolver)
        self.raw = source
        self.resolver = resolver
        self.context_meta = dict(context_meta or {})

    @property
    def size(self) -> int | None:
        """The exact number of cases; None if the source does not know it."""
        return size_of(self.raw)

    def __len__(self) -> int:
        if self.size is None:
            raise TypeError(f"{self.raw!r} does not know how many cases it has")
        return self.size

    def __bool__(self) -> bool:
        return self.size is None or self.size > 0

    def __iter__(self) -> Iterator[Case]:
        return map(self._resolved, self.raw)

    @overload
    def __getitem__(self, index: int) -> Case: ...
    @overload
    def __getitem__(self, index: slice) -> ResolvedSource: ...
    def __getitem__(self, index: int | slice) -> Case | ResolvedSource:
        source: Any = self.raw
        if isinstance(index, slice):
            return self._like(source[index])
        return self._resolved(source[as_int(index)])

    def with_context(self, context_meta: Mapping[str, Any]) -> ResolvedSource:
        """Return the same source, resolved with these members of a context."""
        return ResolvedSource(self.raw, self.resolver, context_meta)

    def shard(self, index: int, count: int) -> ResolvedSource:
        """Return shard `index` (from 0) of `count`: every `count`-th case."""
        source: Any = self.raw
        return self._like(source.shard(index, count))

    def sample(self, n: int, seed: int, **how: Any) -> ResolvedSource:
        """Return `n` distinct cases, drawn at random."""
        source: Any = self.raw
        return self._like(source.sample(n, seed, **how))

    def _like(self, source: Iterable[Any]) -> ResolvedSource:
        return ResolvedSource(source, self.resolver, self.context_meta)

    def _resolved(self, case: Any) -> Case:
        resolve: Resolve = getattr(self.resolver, "resolve", self.resolver)
        params = resolve(dict(self.context_meta), private_copy(dict(case.params)))
        if not isinstance(params, Mapping):
            raise InvalidInputError(f"case {case.case_id}: the resolver returned {params!r}, not a dict of parameters")
        return Case(dict(params), case.case_id, tuple(case.tags))

    def __repr__(self) -> str:
        return f"<{self.raw!r}, resolved>"


def raw_of(params: Iterable[Any]) -> Iterable[Any]:
    """Return the source inside of a `ResolvedSource`, or `params` itself if it is none."""
    return params.raw if isinstance(params, ResolvedSource) else params


def with_resolver(
    source: Iterable[Any], resolver: Any, context_meta: Mapping[str, Any] | None = None
) -> ResolvedSource:
    """Return the same source with a resolver, which makes the final parameters from the raw ones at planning.

    `source` is any iterable of objects with `.params`, `.case_id` and `.tags`; `resolver` is a
    callable, or has a method `resolve`, of `(context_meta, params_raw)` that returns a dict.

    Raises:
        InvalidInputError: the resolver is of another kind, or the source has one already.
    """
    return ResolvedSource(source, resolver, context_meta)
