"""What is finished already, at the beginning of a sweep: by going through the store, or by looking up a small plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.engine.planning.plan import plan, planned_size
from pytest_optbench.engine.store.protocol import LookupStore

if TYPE_CHECKING:
    from pytest_optbench.engine.planning.experiment import Experiment
    from pytest_optbench.engine.planning.plan import Task
    from pytest_optbench.engine.store import Store

LOOKUP: Final = 4  # to plan a run and look it up costs as much as going through so many that are stored


def finished_of(exp: Experiment, store: Store) -> set[str]:
    """Return the ids of finished runs, of all that the store holds, or at least of those that the experiment plans.

    A few runs that are added to a large store are looked up one by one, in time that does not depend on what is
    stored. Of the others nothing is read then, so what is damaged among them is set aside by a sweep that plans it.
    Drafts of dead processes are cleared in both cases.
    """
    size = planned_size(exp)
    if size is not None and isinstance(store, LookupStore) and store.holds_more_than(LOOKUP * size):
        return store.finished_among(_planned(exp))
    return store.finished()


def tasks_of(tasks: Iterator[Task], finished: set[str], store: Store) -> Iterator[Task]:
    """Yield what is planned; where a store may only be read, as far as it is finished.

    Raises `StoreError` at the first run that would have to be done and stored there.
    """
    if not getattr(store, "is_read_only", False):
        return tasks
    return _finished_only(tasks, finished, store)


def _finished_only(tasks: Iterator[Task], finished: set[str], store: Any) -> Iterator[Task]:
    for task in tasks:
        if task.run_id not in finished:
            raise store.nothing_written(f"case {task.case_id} (run {task.run_id}), which is not finished, is not run")
        yield task


def _planned(exp: Experiment) -> Iterator[str]:
    """Yield the ids that are planned, as far as the plan can go; the sweep comes to what is wrong in its turn."""
    try:
        for task in plan(exp):
            yield task.run_id
    except Exception:  # noqa: BLE001 - raised again where the sweep comes to it; what follows is looked up after its claim
        return
