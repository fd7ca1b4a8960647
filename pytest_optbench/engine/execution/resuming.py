"""The runs that are finished when a sweep begins: found by scanning the store, or by looking up a small plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.engine.store.protocol import LookupStore

if TYPE_CHECKING:
    from pytest_optbench.engine.planning.plan import Plan, Task
    from pytest_optbench.engine.store import Store

LOOKUP: Final = 4  # planning and looking up one run costs as much as scanning so many that are stored


def finished_of(plan: Plan, store: Store) -> set[str]:
    """Return the ids of finished runs: all that the store holds, or at least those that are planned.

    Where a few runs are added to a large store, they are looked up one by one, in time that does not depend on the size
    of the store. The others are not read then, so damaged ones among them are set aside by a sweep that plans them.
    Drafts of dead processes are cleared in both cases.
    """
    if plan.size is not None and isinstance(store, LookupStore) and store.holds_more_than(LOOKUP * plan.size):
        return store.finished_among(_planned(plan))
    return store.finished()


def tasks_of(tasks: Iterator[Task], finished: set[str], store: Store) -> Iterator[Task]:
    """Yield the planned tasks; where a store may only be read, up to the first that is not finished.

    Raises:
        StoreError: a run would have to be executed and stored there.
    """
    if not getattr(store, "is_read_only", False):
        return tasks
    return _finished_only(tasks, finished, store)


def _finished_only(tasks: Iterator[Task], finished: set[str], store: Any) -> Iterator[Task]:
    for task in tasks:
        if task.run_id not in finished:
            raise store.nothing_written(f"case {task.case_id} (run {task.run_id}), which is not finished, is not run")
        yield task


def _planned(plan: Plan) -> Iterator[str]:
    """Yield the planned ids up to the first error, which the sweep will raise in its turn."""
    try:
        for task in plan.tasks():
            yield task.run_id
    except Exception:  # noqa: BLE001 - the sweep raises it again; later runs are looked up after their claim
        return
