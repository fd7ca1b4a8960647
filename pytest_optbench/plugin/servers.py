"""Private servers of a session, each started when it is first asked for, until the session ends."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every session imports this module, and few start a server
    from pytest_optbench.stress.servers.postgres import Postgres
    from pytest_optbench.stress.servers.slurm import Slurm


class Servers:
    """The servers of one process of a session.

    Raises:
        MissingServerError: the server that is asked for is not installed.
        ServerError: it does not start.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()

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

    def close(self) -> None:
        """End what was started."""
        self._stack.close()
