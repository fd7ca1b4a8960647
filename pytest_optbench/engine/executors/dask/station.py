"""The worker processes of one sweep on one Dask worker.

Runs are executed in processes of their own, as `ProcessExecutor` does, and not in the threads of the Dask worker: these
live longer than a sweep, so they would hold on to an earlier version of the operation's module, and a run that ends its
process would end the Dask worker with all that it is on.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
import threading
from typing import Any, Final

from pytest_optbench.engine.executors.worker_process import Surroundings
from pytest_optbench.engine.store.folder import write_all

from .messages import TOPIC, Batch, BatchReport, NoticeKind, SweepPlace
from .slot import Notify, Slot

IDLE: Final = (
    60.0  # seconds without a batch after which a sweep is taken for gone: its own process may have been killed
)

_STATIONS: Final[dict[str, Station]] = {}


class Station:
    """The worker processes of one sweep; threads of the Dask worker call `execute`, as many as the sweep sends."""

    def __init__(self, place: SweepPlace) -> None:
        self._place = place
        self._surroundings = _surroundings(place)
        self._payload = os.memfd_create("sweep_payload", os.MFD_CLOEXEC)
        write_all(self._payload, place.payload)
        self._cancelled, self._cancel = os.pipe()
        self._lock = threading.Lock()
        self._idle: list[Slot] = []
        self._slots: set[Slot] = set()
        self._is_cancelled = self._is_killed = False
        self._timer: threading.Timer | None = None
        self._wait_for_batch()

    def execute(self, batch: Batch, notify: Notify) -> BatchReport:
        """Execute a batch in a worker process that is free, or in a new one."""
        slot = self._take()
        try:
            return slot.execute(batch, notify)
        finally:
            self._put_down(slot)

    def cancel(self) -> None:
        """Tell the operations to stop, and begin no other run."""
        with self._lock:
            if not self._is_cancelled:
                self._is_cancelled = True
                os.write(self._cancel, b"!")
            for slot in self._slots:
                slot.stop()

    def kill(self) -> None:
        """Kill every process, and those that will be started."""
        with self._lock:
            self._is_killed = True
            for slot in self._slots:
                slot.kill()

    def close(self) -> None:
        """End every process that has no run, and close what belongs to the sweep."""
        with self._lock:
            idle, self._idle = self._idle, []
            if self._timer is not None:
                self._timer.cancel()
        for slot in idle:
            slot.stop()
        for slot in idle:
            self._drop(slot)
        with self._lock:
            if not self._slots and self._payload >= 0:
                for descriptor in (self._payload, self._cancelled, self._cancel):
                    os.close(descriptor)
                self._payload = -1

    def _take(self) -> Slot:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._idle:
                return self._idle.pop()
            slot = Slot(
                self._cancelled, self._payload, self._surroundings, self._place.listened, is_stopped=self._is_cancelled
            )
            self._slots.add(slot)
            if self._is_killed:
                slot.kill()
            return slot

    def _put_down(self, slot: Slot) -> None:
        if slot.is_usable:
            with self._lock:
                self._idle.append(slot)
        else:
            self._drop(slot)
        self._wait_for_batch()

    def _drop(self, slot: Slot) -> None:
        slot.close()
        with self._lock:
            self._slots.remove(slot)

    def _wait_for_batch(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if len(self._idle) == len(self._slots):
                self._timer = threading.Timer(IDLE, close_station, (self._place.sweep,))
                self._timer.daemon = True
                self._timer.start()


# -- what the sweep calls on a Dask worker


def open_station(place: SweepPlace) -> None:
    """Make a sweep known to this Dask worker."""
    if place.sweep not in _STATIONS:
        _STATIONS[place.sweep] = Station(place)


def execute_batch(batch: Batch) -> BatchReport:
    """Execute a batch in a worker process: the Dask task.

    It leaves the thread pool of the Dask worker, since it only waits, and a run may wait for a sweep of its own.
    """
    from distributed import get_worker, secede

    station = _STATIONS.get(batch.sweep)
    if station is None:
        return BatchReport(is_unknown=True)
    worker = get_worker()
    secede()  # type: ignore[no-untyped-call]

    def notify(kind: NoticeKind, *contents: Any) -> None:
        packed = pickle.dumps((kind, *contents), pickle.HIGHEST_PROTOCOL)
        worker.log_event(TOPIC, {"sweep": batch.sweep, "batch": batch.number, "notice": packed})

    return station.execute(batch, notify)


def cancel_station(sweep: str) -> None:
    """Stop a sweep on this Dask worker."""
    if (station := _STATIONS.get(sweep)) is not None:
        station.cancel()


def kill_station(sweep: str) -> None:
    """Kill the worker processes of a sweep on this Dask worker."""
    if (station := _STATIONS.get(sweep)) is not None:
        station.kill()


def close_station(sweep: str) -> None:
    """Forget a sweep that is over, and end its processes."""
    if (station := _STATIONS.pop(sweep, None)) is not None:
        station.close()


async def close_station_soon(sweep: str) -> None:
    """Forget a sweep that is over, without keeping the Dask worker from its other duties meanwhile."""
    await asyncio.to_thread(close_station, sweep)


def _surroundings(place: SweepPlace) -> Surroundings:
    theirs = [entry for entry in place.path if os.path.exists(entry)]  # noqa: PTH110 - as they are, links kept
    folder = place.folder if place.folder is not None and os.path.isdir(place.folder) else None  # noqa: PTH112
    return Surroundings(
        path=tuple(dict.fromkeys([*theirs, *sys.path])),
        environment={**os.environ, **place.variables},
        folder=folder,
    )
