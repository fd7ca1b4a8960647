"""The connection to a Dask cluster; the only place that needs Dask to be installed in the process of the sweep."""

from __future__ import annotations

import contextlib
import functools
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from pytest_optbench.errors import WorkerError

_STARTING: Final = threading.Lock()  # two clusters that start at once in one process hinder each other
CONNECT_SECONDS: Final = 10.0
INSTALL: Final = "DaskExecutor needs Dask's distributed: pip install 'pytest-optbench[dask]'"


class DaskCluster:
    """A cluster as a sweep needs it; what its scheduler does not answer any more, raises `OSError`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def threads(self) -> dict[str, int]:
        """Return the addresses of the Dask workers that there are, each with its number of threads."""
        return dict(self._client.nthreads())

    def call(self, function: Callable[..., object], argument: object, addresses: Iterable[str]) -> dict[str, object]:
        """Call a function on Dask workers, next to what they execute; returns what it returned or raised on each."""
        return dict(self._client.run(function, argument, workers=[*addresses], on_error="return"))

    def submit(
        self, key: str, address: str, when_done: Callable[[], object], function: Callable[..., Any], argument: Any
    ) -> Any:
        """Have one Dask worker execute a function, and no other, should it be lost."""
        future: Any = self._client.submit(
            function, argument, key=key, workers=[address], allow_other_workers=False, pure=False
        )
        future.add_done_callback(lambda _: when_done())
        return future

    def want_worker(self) -> Any:
        """Submit a task for any worker: clusters that adapt start one for it."""
        future: Any = self._client.submit(int, pure=False)
        return future

    def listen(self, topic: str, handler: Callable[[dict[str, Any]], object]) -> None:
        """Have a handler called with what workers say on a topic."""
        self._client.subscribe_topic(topic, lambda event: handler(event[1]))


def is_loss(error: BaseException | None) -> bool:
    """Return whether a task failed because its Dask workers were lost."""
    from distributed import KilledWorker

    return isinstance(error, KilledWorker)


@contextlib.contextmanager
def connected(address: Any, workers: int) -> Iterator[DaskCluster]:
    """Provide the cluster at `address`, or a local one with so many `workers`, which ends with the block.

    Raises:
        WorkerError: Dask is not installed, or no scheduler answers.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise WorkerError(f"{INSTALL} ({error})") from error
    with contextlib.ExitStack() as stack:
        if address is None:
            address = stack.enter_context(_local_cluster(workers))
        yield DaskCluster(stack.enter_context(_client(address)))


@contextlib.contextmanager
def _local_cluster(workers: int) -> Iterator[Any]:
    """Provide a scheduler and a Dask worker in threads of this process: runs have processes of their own anyway."""
    import distributed

    folder = tempfile.mkdtemp(prefix="optbench-dask-")
    try:
        with _STARTING:
            _quiet()
            try:
                cluster = distributed.LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=1,
                    threads_per_worker=workers,
                    processes=False,
                    dashboard_address="127.0.0.1:0",  # there is always one: where nobody else has it, or sees it
                    worker_dashboard_address="127.0.0.1:0",
                    memory_limit=0,
                    local_directory=folder,
                    silence_logs=False,  # it would restore the level while other clusters live
                )
            except (OSError, RuntimeError) as error:
                raise WorkerError(f"no local Dask cluster can be started ({error}): use ProcessExecutor") from error
        with cluster:
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _quiet() -> None:
    """Leave out that each cluster starts and ends, which Dask logs to standard error, unless it was told to."""
    logger = logging.getLogger("distributed")
    if logger.level == logging.INFO:
        logger.setLevel(logging.WARNING)


@contextlib.contextmanager
def _client(address: Any) -> Iterator[Any]:
    import distributed

    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise WorkerError(
            f"no Dask scheduler answers at {address} within {CONNECT_SECONDS:.0f} s ({error}): start one with "
            "`dask scheduler`, or give the address that it printed"
        ) from error
    try:
        yield client
    finally:
        with contextlib.suppress(OSError):  # a scheduler that is gone cannot be left properly
            client.close(timeout=CONNECT_SECONDS)  # type: ignore[no-untyped-call]
