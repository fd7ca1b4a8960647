"""The pool of one sweep on a Dask cluster: the connection, and the thread that keeps the Dask workers busy."""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import sys
import threading
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.executors.base import DEFAULT_WORKERS
from pytest_optbench.engine.executors.sweep_payload import packed_sweep
from pytest_optbench.errors import WorkerError

from .cluster import connected
from .conductor import Conductor
from .messages import SweepPlace

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep import Sweep

GRACE: Final = 1.0  # seconds that runs under way get at the end of an interpreter that Ctrl-C ends
CLOSING: Final = 10.0  # seconds to settle what was killed, and to leave the cluster

_POOLS: Final[weakref.WeakSet[DaskWorkerPool]] = weakref.WeakSet()


class DaskWorkerPool:
    """The conductor of one sweep and its thread. A local cluster, where `address` is None, ends with the sweep."""

    def __init__(self, sweep: Sweep, address: Any, most: int | None, variables: Mapping[str, str]) -> None:
        self._sweep = sweep
        # A claim on no run: workers that see it see the same store. Those of a local cluster cannot see another.
        claimed = None if address is None else secrets.token_hex(16)
        place = SweepPlace(
            sweep=secrets.token_hex(8),
            payload=packed_sweep(sweep.spec, claimed),
            path=tuple(entry for entry in sys.path if isinstance(entry, str)),
            variables=variables,
            folder=_working_directory(),
            listened=sweep.spec.listened,
        )
        self._over = threading.Event()
        with contextlib.ExitStack() as stack:
            cluster = stack.enter_context(connected(address, most or DEFAULT_WORKERS))
            runner = Runner.open(sweep.spec, sweep.token, sweep.announcer.tell)
            stack.callback(sweep.close, runner.store)
            if claimed is not None:
                runner.store.claim(claimed)
                stack.callback(runner.store.release, claimed)
            self._conductor = Conductor(sweep, runner, cluster, place, most)
            self._stack = stack.pop_all()
        self._start()
        _POOLS.add(self)
        _wait_at_the_end()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the conductor, which is the last to go."""
        return self._over.wait(timeout)

    def kill(self) -> bool:
        """Kill the worker processes of this sweep; the runs that they are on are recorded as cancelled."""
        self._conductor.kill()
        return True

    def wait_at_the_end(self) -> None:
        """Wait for a sweep that nobody waited for; stop it where Ctrl-C ends the interpreter, or is pressed now."""
        if getattr(sys, "last_type", None) is not KeyboardInterrupt:
            with contextlib.suppress(KeyboardInterrupt):
                self.join()
        self._sweep.token.cancel()
        if not self.join(GRACE) and self.kill():
            self.join(CLOSING)

    def _start(self) -> None:
        name = f"optbench-{self._sweep.spec.experiment_id}-conductor"
        try:
            threading.Thread(target=self._run, name=name, daemon=True).start()
        except RuntimeError as error:
            self._stack.close()
            raise WorkerError(f"no thread can be started ({error}): this process has too many") from error

    def _run(self) -> None:
        try:
            self._conductor.run()
        except BaseException as error:  # noqa: BLE001 - a defect of the engine: result() raises it
            self._sweep.abort(error)
        finally:
            with contextlib.suppress(Exception):  # nothing of a run depends on how the cluster is left
                self._stack.close()
            try:
                self._sweep.end()
            finally:
                self._over.set()


def _working_directory() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - as text
    except OSError:  # it was removed
        return None


@functools.cache
def _wait_at_the_end() -> None:
    """Have the interpreter wait for sweeps before it ends the thread pools that Dask needs; `atexit` would be later."""
    threading._register_atexit(_finish)  # type: ignore[attr-defined]  # noqa: SLF001 - as concurrent.futures does


def _finish() -> None:
    for pool in list(_POOLS):
        pool.wait_at_the_end()
