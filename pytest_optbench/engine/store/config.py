"""Configurations of stores: plain data that opens a store, here or in another process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self, get_args

from pytest_optbench.errors import InvalidInputError, UnknownNameError

from .protocol import Durability

_KINDS: dict[str, type[StoreConfig]] = {}


@dataclass(frozen=True)
class StoreConfig(ABC):
    """What opens a store. A class for another kind of store is a frozen dataclass that names its `scheme`."""

    scheme: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.scheme:
            _KINDS[cls.scheme] = cls

    @property
    @abstractmethod
    def scope(self) -> str | None:
        """The experiment that the store is of; None for all that it holds."""

    @abstractmethod
    def connect(self) -> Any:
        """Open the store."""

    @property
    def is_scoped(self) -> bool:
        """Whether the store is of one experiment."""
        return self.scope is not None

    def scoped(self, experiment_id: str) -> Self:
        """Return the same store for one experiment.

        Raises:
            InvalidInputError: it is of another one.
        """
        if self.scope not in (None, experiment_id):
            raise InvalidInputError(f"the store is of {self.scope!r}, not {experiment_id!r}: open another")
        return replace(self, **{"experiment_id": experiment_id})  # noqa: PIE804 - a member of every subclass

    def for_experiment(self, experiment_id: str) -> Self:
        """Return the same store for one experiment; another name of `scoped`."""
        return self.scoped(experiment_id)

    def to_dict(self) -> dict[str, Any]:
        """Return the members by name, for `from_dict`."""
        return {"_type": self.scheme, **asdict(self)}

    @staticmethod
    def from_dict(members: Mapping[str, Any]) -> StoreConfig:
        """Return what `to_dict` described.

        Raises:
            UnknownNameError: it is of no kind of store that is known here.
        """
        kind = members.get("_type")
        if kind not in _KINDS:
            raise UnknownNameError("_type of a store", kind, _KINDS)
        return _KINDS[kind](**{name: value for name, value in members.items() if name != "_type"})


class OfExperiments(StoreConfig):
    """A configuration with an `experiment_id`, by which it opens one experiment or, without one, all of a store."""

    place: ClassVar[str]  # what holds the experiments, in messages
    experiment_id: str | None  # a member of every subclass

    @property
    def scope(self) -> str | None:
        """The id of the one experiment that is opened; None for all of them."""
        return self.experiment_id

    def list_experiments(self) -> list[str]:
        """Return the ids of the experiments in the store, sorted; none where there is no such store.

        Raises:
            InvalidInputError: this configuration is scoped to one experiment.
        """
        if self.experiment_id is not None:
            raise InvalidInputError(f"the store is of {self.experiment_id!r} alone: list those of its {self.place}")
        return sorted(self._experiment_ids())

    @abstractmethod
    def _experiment_ids(self) -> Iterable[str]:
        """Return the ids of the experiments in the store."""


def checked_durability(durability: Durability) -> Durability:
    """Return what is given, if it is one; else raises `InvalidInputError`."""
    if durability not in get_args(Durability):
        raise InvalidInputError(f"durability={durability!r}: choose 'process' or 'power'")
    return durability
