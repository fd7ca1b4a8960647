"""All experiments of a database."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from pytest_optbench.engine.store.by_run import ByRun
from pytest_optbench.engine.store.config import StoreConfig
from pytest_optbench.engine.store.protocol import Durability
from pytest_optbench.errors import StoreError

from .database import Database
from .location import Location
from .reader import experiment_of
from .store import SqlExperimentStore
from .tables import EXPERIMENTS, refuse_later, version_of


class SqlStore(ByRun):
    """A database that holds experiments; reading it lists the runs of all of them."""

    def __init__(self, location: Location, durability: Durability, config: StoreConfig) -> None:
        self.location = location
        self.durability: Durability = durability
        self.config = config  # that it was opened by
        self.root = str(location)

    def experiment(self, experiment_id: str) -> SqlExperimentStore:
        """Return the part of one experiment; its tables are made by the first claim."""
        part = SqlExperimentStore(self.location, experiment_id, self.durability)
        part.config = self.config.scoped(experiment_id)
        return part

    def experiment_ids(self) -> list[str]:
        """Return the ids of the experiments in the database, in the order in which they came; none without tables.

        Raises:
            StoreError: the database cannot be read.
        """
        return self._listed() or []

    def parts(self, *, report_foreign: bool = True) -> Iterator[SqlExperimentStore]:
        """Yield the store of each experiment.

        Raises:
            StoreError: there is no such database.
        """
        del report_foreign  # other programs have tables of their own
        found = self._listed()
        if found is None:
            raise StoreError(f"there is no store at {self.root}: name the database that was given to run")
        yield from map(self.experiment, found)

    def holds(self, experiment_id: str) -> bool:
        """Return whether the database holds an experiment."""
        return experiment_id in self.experiment_ids()

    def __str__(self) -> str:
        return self.root

    def _listed(self) -> list[str] | None:
        """Return the ids of the experiments; None where there is no such database."""

        def listed(connection: Connection) -> list[str]:
            version = version_of(connection)
            if version is None:
                return []
            refuse_later(version, self.root)
            keys = connection.execute(select(EXPERIMENTS.c.experiment_id).order_by(EXPERIMENTS.c.id)).scalars()
            return [experiment_of(key) for key in keys]

        database = Database(self.location, self.durability)
        try:
            return database.read("list the experiments", listed) if database.kind.exists() else None
        finally:
            database.close()
