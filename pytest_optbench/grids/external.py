"""Cases from elsewhere, with a resolver: iterated in their own order, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class ExternalCases:
    """Objects with `.params`, `.case_id` and `.tags`, and the resolver of their parameters."""

    def __init__(self, cases: Iterable[Any], resolver: Any) -> None:
        self.cases = cases
        self.resolver = resolver

    @property
    def size(self) -> int | None:
        """The exact number of cases, where they know it."""
        return size_of(self.cases)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.cases)


def size_of(items: Any) -> int | None:
    """The exact number of items, where they know it."""
    size = getattr(items, "size", None)
    if isinstance(size, int):
        return size
    return len(items) if hasattr(items, "__len__") else None


def are_cases(items: Any) -> bool:
    """Return whether these can be gone through again and again, and are cases as far as that can be seen."""
    if isinstance(items, list | tuple):
        return all(hasattr(item, "params") for item in items)
    return isinstance(items, Iterable) and not isinstance(items, Iterator | str | bytes | dict | set)
