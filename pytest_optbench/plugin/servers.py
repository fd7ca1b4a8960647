"""Private servers of a session, and the fixtures that give them to tests.

Each is started when it is first asked for, and ends with the session. Where one is not installed, a scenario that asks
for it is not applicable, and so is a test that takes its fixture.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from pytest_optbench.errors import MissingServerError

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


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Postgres:
    """Provide a private PostgreSQL cluster, the same for all tests of a process; see `stress.servers.postgres`."""
    try:
        return _servers_of(request).postgres
    except MissingServerError as missing:
        pytest.skip(f"not applicable: {missing}")


@pytest.fixture(scope="session")
def slurm_cluster(request: pytest.FixtureRequest) -> Slurm:
    """Provide a private SLURM cluster of one node, the same for all tests of a process; see `stress.servers.slurm`."""
    try:
        return _servers_of(request).slurm
    except MissingServerError as missing:
        pytest.skip(f"not applicable: {missing}")


def _servers_of(request: pytest.FixtureRequest) -> Servers:
    from .session import session_of

    return session_of(request.config).servers
