"""Where saboteurs throw away runs that had ended when a sweep is interrupted."""

from __future__ import annotations

from pytest_optbench.engine import RunHandle

_stop = RunHandle._stop


def drop(count: int) -> None:
    """Delete so many stored runs once an interrupted sweep has stopped."""

    def stop(self: RunHandle) -> None:
        _stop(self)
        store = self._sweep.spec.store.open()
        for run_id in sorted(store.run_ids())[:count]:  # type: ignore[attr-defined]
            store.delete_run(run_id)  # type: ignore[attr-defined]

    RunHandle._stop = stop  # type: ignore[method-assign]
