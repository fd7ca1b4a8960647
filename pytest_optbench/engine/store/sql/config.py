"""The configuration of a store in a database; SQLAlchemy is imported when it is opened, not before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from pytest_optbench.engine.store.config import OfExperiments, checked_durability
from pytest_optbench.engine.store.protocol import Durability
from pytest_optbench.errors import StoreError

from .location import POSTGRESQL, Location, location_of

if TYPE_CHECKING:
    from .store import SqlExperimentStore
    from .whole import SqlStore


@dataclass(frozen=True)
class SqlStoreConfig(OfExperiments):
    """A database by its locator, `sqlite:///...` or `postgresql://...`; `experiment_id` scopes it to one experiment.

    Raises:
        InvalidInputError: the locator names no database, or the durability is unknown.
    """

    scheme: ClassVar[str] = "sql"
    place: ClassVar[str] = "database"
    locator: str = field(repr=False)  # it may hold a password
    experiment_id: str | None = None
    durability: Durability = "process"

    def __post_init__(self) -> None:
        location = location_of(self.locator)
        checked_durability(self.durability)
        if location.path:  # absolute, so that it names the same file in another process
            scheme, _, rest = self.locator.partition("://")
            _, mark, options = rest.partition("?")
            object.__setattr__(self, "locator", f"{scheme}:///{location.path}{mark}{options}")

    @property
    def location(self) -> Location:
        """Where the database is."""
        return location_of(self.locator)

    def connect(self) -> SqlExperimentStore | SqlStore:
        """Open the experiment's part of the database, or all of it; nothing is made before the first write.

        Raises:
            StoreError: SQLAlchemy, or the driver of the database, is not installed.
        """
        whole = whole_database(self)
        return whole if self.experiment_id is None else whole.experiment(self.experiment_id)

    def _experiment_ids(self) -> Iterable[str]:
        return whole_database(self).experiment_ids()


def whole_database(config: SqlStoreConfig) -> SqlStore:
    """Return the store of all experiments in a database.

    Raises:
        StoreError: SQLAlchemy, or the driver of the database, is not installed.
    """
    try:
        if config.location.kind == POSTGRESQL:
            import psycopg  # noqa: F401 - to know at once that it is there

        from .whole import SqlStore
    except ImportError as error:
        if error.name is not None and error.name.startswith("pytest_optbench"):
            raise
        raise StoreError(
            f"a store in a database needs {error.name or error}, which is not installed: "
            "pip install 'pytest-optbench[sql]'"
        ) from error
    return SqlStore(config.location, config.durability, config)
