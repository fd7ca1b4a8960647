"""Private servers of a session, each started when it is first asked for, until the session ends."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pytest_optbench.errors import MissingServerError

if TYPE_CHECKING:  # every session imports this module, and few start a server
    from pytest_optbench.stress.servers.postgres import Postgres
    from pytest_optbench.stress.servers.slurm import Slurm
    from pytest_optbench.target import Target
    from pytest_optbench.target.locators import DatabaseStore

    from .options import Settings

# The variables by which workers and children find a server.
DATABASE, CLUSTER, SCHEDULER = "OPTBENCH_DATABASE", "SLURM_CONF", "OPTBENCH_DASK"


class Servers:
    """The servers of one process of a session.

    Raises:
        MissingServerError: the server that is asked for is not installed.
        ServerError: it does not start.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._before = {name: os.environ.get(name) for name in (DATABASE, CLUSTER, SCHEDULER)}

    @cached_property
    def postgres(self) -> Postgres:
        """A PostgreSQL cluster of one's own, which may be restarted."""
        from pytest_optbench.stress.servers.postgres import private_postgres

        return self._stack.enter_context(private_postgres())

    @cached_property
    def slurm(self) -> Slurm:
        """A SLURM cluster of one node."""
        from pytest_optbench.stress.servers.slurm import private_slurm

        return self._stack.enter_context(private_slurm())

    def share(self, settings: Settings, identity: str) -> None:
        """Start what the options ask for, and name it in the environment; what is not installed is left out."""
        if settings.dask:
            os.environ[SCHEDULER] = settings.dask
        with suppress(MissingServerError):  # each scenario says so
            if settings.executor == "slurm":
                os.environ |= self.slurm.environment
            if settings.postgres:
                self._place_stores(self.postgres.locator(), identity)
            elif (settings.store or "").startswith("postgres"):
                self._stack.callback(self._place_stores(settings.store or "", identity).drop)
            elif (settings.store or "").startswith("sqlite:"):
                os.environ[DATABASE] = "sqlite:///"

    @staticmethod
    def _place_stores(locator: str, identity: str) -> DatabaseStore:
        """Let every folder that a scenario takes for a store be one in that database."""
        from pytest_optbench.target.locators import DatabaseStore

        places = DatabaseStore(DatabaseStore.of(locator).server, f"optbench_{identity}", None)
        os.environ[DATABASE] = places.locator
        return places

    def require(self, settings: Settings, target: Target) -> None:
        """Require what the options ask for of this machine and of the metalab under test.

        Raises:
            MissingFeatureError: one of them does not offer it.
        """
        if settings.postgres or (settings.store or "").startswith("postgres"):
            target.require("postgresql")
            if find_spec("psycopg") is None:
                raise MissingServerError("stores in PostgreSQL need psycopg: pip install 'psycopg[binary,pool]'")
            if DATABASE not in os.environ:
                _ = self.postgres
        if (settings.store or "").startswith("sqlite:"):
            target.require("sqlite")
        if settings.executor == "slurm":
            target.require("slurm")
            if CLUSTER not in os.environ:
                _ = self.slurm
        if settings.executor == "dask":
            target.require("dask")
            if find_spec("distributed") is None:
                raise MissingServerError("runs on Dask need its distributed: pip install 'pytest-optbench[dask]'")

    def close(self) -> None:
        """End what was started, and restore the environment."""
        self._stack.close()
        for name, value in self._before.items():
            os.environ.pop(name, None)
            os.environ |= {name: value} if value is not None else {}
