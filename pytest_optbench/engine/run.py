"""`run`: from an experiment to a sweep under way."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.engine.execution.announcing import announce
from pytest_optbench.engine.execution.resuming import finished_of, tasks_of
from pytest_optbench.engine.execution.sweep import Sweep
from pytest_optbench.engine.execution.sweep_spec import Resume, SweepSpec
from pytest_optbench.engine.executors.main_module import refuse_while_adopting
from pytest_optbench.engine.model.events import LOGGER, Announcer, Listener
from pytest_optbench.engine.planning.experiment import Experiment
from pytest_optbench.engine.planning.isolation import private_copy
from pytest_optbench.engine.planning.plan import Plan, validate
from pytest_optbench.engine.results.derived import checked_derived
from pytest_optbench.errors import InvalidInputError

from .executors import Executor, ThreadExecutor
from .handle import RunHandle
from .store import open_store
from .store.protocol import DerivedStore, VerifyingStore
from .store.sql.location import is_database, with_file_root

if TYPE_CHECKING:
    from .executors.protocol import WorkerPool
    from .store import Store

DEFAULT_STORE: Final = "./experiments"


def run(
    experiment: Experiment,
    store: Any = None,
    executor: Executor | None = None,
    file_root: str | os.PathLike[str] | None = None,
    resume: Resume = True,
    progress: Any = None,
    on_event: Listener | None = None,
    derived_metrics: Any = None,
    verbose: bool = True,
) -> RunHandle:
    """Start an experiment and return its handle; `handle.result()` waits for the end.

    The context is taken as it is at this call: changing it afterwards changes no run. An array in it that is not
    read-only is copied for that, once.

    Args:
        experiment: what to run.
        store: a folder, in which the experiment gets one of its own, `sqlite:///...`, `postgresql://...`, a
            configuration or an open store; None is `file_root`, or else `./experiments`.
        executor: who executes; None is one thread. An executor serves any number of sweeps, also at once.
        file_root: a folder for the large files of a store in a database; a folder keeps its files itself.
        resume: pass over runs that the store holds as sound successes; False does everything again. "verify" reads
            every file of these runs, and does a run again of which one is not what its record says.
        progress: True, or a `Progress`, shows on the terminal how far it is.
        on_event: called with each `Event` as it happens, one at a time, from the engine's threads.
        derived_metrics: functions of a `Run`, each also as `"module:function"`, or a mapping of names to such. They are
            called for each success when the result is asked for, and what they return is kept next to its record.
        verbose: log the sweep's beginning and end as INFO rather than DEBUG (logger `pytest_optbench.engine`).

    Raises:
        InvalidInputError: whatever can be seen to be wrong before the first run.
        WorkerError: the executor cannot execute this operation.
        StoreError: the store cannot be opened or read.
    """
    refuse_while_adopting()
    if not isinstance(experiment, Experiment):
        raise InvalidInputError(f"run({experiment!r}): the first argument is an Experiment")
    if resume not in (True, False, "verify"):
        raise InvalidInputError(f"resume={resume!r}: choose True, False or 'verify'")
    plan = validate(experiment)
    if on_event is not None and not callable(on_event):
        raise InvalidInputError(f"on_event={on_event!r}: give a function of an Event")
    plan = plan.with_context(private_copy(experiment.context))
    derived = checked_derived(derived_metrics)
    place = _place(store, file_root)
    kept = _opened(place, experiment.experiment_id, derives=bool(derived), verifies=resume == "verify")
    finished = finished_of(plan, kept) if resume else set()
    announce(plan, kept)
    kept.close()  # from here on it is only read; workers open the store themselves
    for problem in kept.set_aside:
        LOGGER.warning("set aside: %s", problem)
    announcer = Announcer(experiment.experiment_id, _listeners(progress, plan), on_event)
    spec = _sweep_spec(plan, kept, resume, listened=bool(announcer))
    passed_over = set() if resume == "verify" else finished  # else workers look at them first, each under its claim
    sweep = Sweep(spec, tasks_of(plan.tasks(), finished, kept), passed_over, plan.size, announcer)
    sweep.level = logging.INFO if verbose else logging.DEBUG
    LOGGER.log(sweep.level, "%s: %d runs are finished already", experiment.experiment_id, len(finished))
    return RunHandle(sweep, _started(ThreadExecutor(1) if executor is None else executor, sweep), kept, derived)


def _opened(place: Any, experiment_id: str, *, derives: bool, verifies: bool) -> Store:
    """Open the store of a sweep, which must be able to do what is asked of it."""
    kept = open_store(place, experiment_id)
    if derives and not isinstance(kept, DerivedStore):
        raise InvalidInputError(f"derived_metrics: {kept!r} keeps none; give them to to_dataframe(derived_metrics=...)")
    if verifies and not isinstance(kept, VerifyingStore):
        raise InvalidInputError(f"resume='verify': {kept!r} cannot tell which of its files are damaged; use True")
    return kept


def _started(executor: Executor, sweep: Sweep) -> WorkerPool:
    sweep.workers = executor.max_workers
    try:
        return executor.start(sweep)
    except BaseException:
        sweep.end()  # a progress bar releases the terminal
        raise


def _sweep_spec(plan: Plan, store: Store, resume: Resume, *, listened: bool) -> SweepSpec:
    exp = plan.experiment
    return SweepSpec(
        experiment_id=exp.experiment_id,
        operation=exp.operation,
        code_hash=plan.code_hash,
        context=exp.context,
        context_fp=plan.context_fp,
        store=store.spec(),
        resume=resume,
        listened=listened,
        metadata=exp.metadata,
    )


def _place(store: Any, file_root: str | os.PathLike[str] | None) -> Any:
    if file_root is None:
        return DEFAULT_STORE if store is None else store
    if store is None:
        return file_root
    if is_database(store):
        return with_file_root(store, os.fspath(file_root))
    raise InvalidInputError(f"file_root={file_root!r} next to store={store!r}: a folder keeps its files itself")


def _listeners(progress: Any, plan: Plan) -> list[Listener]:
    if not progress:
        return []
    from .progress import Progress, create_progress_tracker

    how = progress if isinstance(progress, Progress) else Progress()
    return [create_progress_tracker(plan.size, how.title or plan.experiment.name, how.style, how.display_metrics)]
