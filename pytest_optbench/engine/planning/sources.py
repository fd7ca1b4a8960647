"""Sources of parameters by the names that metalab has for their types.

All that `grid`, `random` and `manual` make are spaces; the names say which of them made one, and make them as well.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

from pytest_optbench import grids
from pytest_optbench.grids import Case, Space

ParamCase = Case


class ParamSource(Protocol):
    """Anything that gives the same cases whenever it is iterated."""

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases."""
        ...


class _Made(ABCMeta):
    """A kind of source: calling it makes one, and those that others made are its instances."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return getattr(grids, cls.kind)(*args, **kwargs)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Space) and instance.kind == cls.kind

    @property
    def kind(cls) -> str:
        """The function that makes such sources."""
        return str(vars(cls)["made_by"])


class GridSource(metaclass=_Made):
    """What `grid` makes."""

    made_by: ClassVar = "grid"


class RandomSource(metaclass=_Made):
    """What `random` makes."""

    made_by: ClassVar = "random"


class ManualSource(metaclass=_Made):
    """What `manual` makes."""

    made_by: ClassVar = "manual"
