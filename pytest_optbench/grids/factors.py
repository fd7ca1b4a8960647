"""The leaves of a parameter space: an axis of values, and rows written out one by one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, Protocol

from pytest_optbench.errors import InvalidInputError

from .equality import equality_key, first_repeated

Values = Iterable[Any]
LISTED = 10_000  # entries that are made up only to be compared; beyond that, the answer is unknown


class Factor(Protocol):
    """An indexed list of partial parameter dicts; a product of factors is a branch."""

    @property
    def size(self) -> int:
        """The exact number of entries."""

    @property
    def always(self) -> frozenset[str]:
        """The parameters that every entry sets."""

    @property
    def possible(self) -> frozenset[str]:
        """The parameters that some entry sets."""

    def fill(self, params: dict[str, Any], index: int) -> None:
        """Set the parameters of the entry at `index`, which lies in 0..size-1."""

    def holds(self, params: Mapping[str, Any]) -> bool:
        """Whether an entry agrees with `params` on all that this factor may set; False if unknown."""

    def values(self) -> Iterator[tuple[str, Values]]:
        """By parameter, every value that an entry can hold; in O(what the factor was made from)."""

    def keys_of(self, name: str, /) -> frozenset[Hashable] | None:
        """The keys of every value of a parameter; None where they cannot be listed."""

    def counts(self) -> dict[str, int]:
        """By parameter, how many values it has here."""


def length(values: Sequence[Any]) -> int:
    """The exact length, also of ranges longer than `sys.maxsize`."""
    if isinstance(values, range):
        return max(0, -((values.start - values.stop) // values.step))
    return len(values)


class Axis:
    """One parameter and its distinct values, in order; a range stays a range."""

    def __init__(self, name: str, values: Values) -> None:
        self.name = name
        self.items = _listed(name, values)
        self.size = length(self.items)
        self.always = self.possible = frozenset({name})
        self._refuse_bad_items()

    def _refuse_bad_items(self) -> None:
        if not self.size:
            raise InvalidInputError(f"parameter {self.name!r} has no values: give it one or more, or leave it out")
        pair = None if isinstance(self.items, range) else first_repeated(self.items)
        if pair is not None:
            raise InvalidInputError(
                f"parameter {self.name!r} lists {self.items[pair[0]]!r} twice, at positions {pair[0]} and "
                f"{pair[1]}: give every value once"
            )

    def fill(self, params: dict[str, Any], index: int) -> None:
        params[self.name] = self.items[index]

    def holds(self, params: Mapping[str, Any]) -> bool:
        value = params[self.name]
        if isinstance(self.items, range):
            return type(value) is int and value in self.items
        return equality_key(value) in self._keys

    def values(self) -> Iterator[tuple[str, Values]]:
        yield self.name, self.items

    def keys_of(self, _name: str) -> frozenset[Hashable] | None:
        return None if isinstance(self.items, range) and self.size > LISTED else self._keys

    def counts(self) -> dict[str, int]:
        return {self.name: self.size}

    @cached_property
    def _keys(self) -> frozenset[Hashable]:
        return frozenset(map(equality_key, self.items))


def _listed(name: str, values: Any) -> Sequence[Any]:
    if isinstance(values, range):
        return values
    if isinstance(values, (AbstractSet, Mapping)):
        raise InvalidInputError(
            f"parameter {name!r} is a {type(values).__name__}, whose order means nothing: give a list, "
            "such as sorted(...)"
        )
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InvalidInputError(f"parameter {name!r} needs a list of values, not {values!r}: write [{values!r}]")
    return tuple(values)


class Rows:
    """Parameter dicts written out one by one; they may set different parameters."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows = rows
        self.size = len(rows)
        self.always = frozenset.intersection(*map(frozenset, rows))
        self.possible: frozenset[str] = frozenset().union(*rows)

    def fill(self, params: dict[str, Any], index: int) -> None:
        params.update(self.rows[index])

    def holds(self, params: Mapping[str, Any]) -> bool:
        return equality_key({name: params[name] for name in self.possible if name in params}) in self._keys

    def values(self) -> Iterator[tuple[str, Values]]:
        for row in self.rows:
            for name, value in row.items():
                yield name, (value,)

    def keys_of(self, name: str) -> frozenset[Hashable] | None:
        return frozenset(equality_key(row[name]) for row in self.rows if name in row)

    def counts(self) -> dict[str, int]:
        names = dict.fromkeys(name for row in self.rows for name in row)
        return {name: len(self.keys_of(name) or ()) for name in names}

    @cached_property
    def _keys(self) -> frozenset[Hashable]:
        return frozenset(map(equality_key, self.rows))
