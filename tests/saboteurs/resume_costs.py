"""Where saboteurs make resuming dearer: by function calls that grow with the finished runs."""

from __future__ import annotations

from pytest_optbench.engine.store.file import ExperimentStore

CALLS = 300  # for one run: many more than the engine takes
_finished = ExperimentStore.finished


def grow_by(exponent: float) -> None:
    """Let resuming take CALLS * runs ** exponent function calls more."""

    def finished(self: ExperimentStore) -> set[str]:
        found = _finished(self)
        for number in range(round(CALLS * len(found) ** exponent) if found else 0):
            abs(number)
        return found

    ExperimentStore.finished = finished  # type: ignore[method-assign]
