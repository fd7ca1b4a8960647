"""`run`: everything from an experiment to a sweep under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_optbench.errors import InvalidInputError

from .context import context_fingerprint
from .events import Announcer, Event, Listener
from .executors import Executor, ThreadExecutor
from .experiment import Experiment
from .handle import RunHandle
from .job import Job
from .plan import plan, planned_size, validate
from .store import open_store
from .sweep import Sweep

if TYPE_CHECKING:
    from .results import Derived

DEFAULT_STORE = "./runs"


def run(
    exp: Experiment,
    store: Any = None,
    executor: Executor | None = None,
    file_root: str | None = None,
    resume: bool = True,
    progress: Any = None,
    on_event: Callable[[Event], object] | None = None,
    derived_metrics: Derived | None = None,
    verbose: bool = True,
) -> RunHandle:
    """Start an experiment and return its handle; `handle.result()` waits for the end.

    Args:
        exp: what to run.
        store: a folder, a locator, or a store configuration; None is `./runs`. The experiment gets a folder in it.
        executor: who executes; None is one thread.
        file_root: where a store that is no folder keeps files; of no use to a folder.
        resume: skip runs that the store holds as sound successes; False does everything again.
        progress: True, or a `Progress`, shows how far it is; None and False show nothing.
        on_event: called with each `Event` as it happens.
        derived_metrics: metrics computed from a run when results are read: name -> function of a `Run`.
        verbose: say in the log (logger `pytest_optbench.engine`) what was found in the store.

    Raises:
        InvalidInputError: anything that can be seen to be wrong before the first run.
        WorkerError: the executor cannot execute this operation.
        StoreError: the store cannot be opened or read.
    """
    if not isinstance(exp, Experiment):
        raise InvalidInputError(f"run({exp!r}): the first argument is an Experiment")
    validate(exp)
    kept = open_store(DEFAULT_STORE if store is None else store, exp.experiment_id)
    del file_root
    job = Job(
        experiment_id=exp.experiment_id,
        operation=exp.operation,
        code_hash=exp.operation.code_hash,
        context=exp.context,
        context_fp=context_fingerprint(exp.context),
        store=kept.spec(),
        resume=resume,
        metadata={"experiment_id": exp.experiment_id, **exp.metadata},
    )
    finished = kept.finished() if resume else set()
    if verbose:
        _say_what_was_found(kept, finished)
    listeners = _listeners(on_event, progress, planned_size(exp))
    sweep = Sweep(job, plan(exp), finished, planned_size(exp), Announcer(exp.experiment_id, listeners))
    chosen = executor if executor is not None else ThreadExecutor(1)
    sweep.workers = chosen.max_workers
    chosen.check(sweep)
    return RunHandle(sweep, chosen.start(sweep), kept, derived_metrics or {})


def _listeners(on_event: Listener | None, progress: Any, total: int | None) -> list[Listener]:
    listeners = [] if on_event is None else [on_event]
    if progress:
        from .progress import Progress, create_progress_tracker

        how = progress if isinstance(progress, Progress) else Progress()
        listeners.append(create_progress_tracker(total, how.title, how.style, how.display_metrics))
    return listeners


def _say_what_was_found(store: Any, finished: set[str]) -> None:
    from .events import LOGGER

    for problem in store.set_aside:
        LOGGER.warning("set aside: %s", problem)
    if finished:
        LOGGER.info("%s holds %d finished runs; they are not done again", store.experiment_id, len(finished))


def check_derived(derived: Mapping[str, Any]) -> None:
    """Refuse derived metrics that are no functions."""
    for name, compute in derived.items():
        if not callable(compute):
            raise InvalidInputError(f"derived metric {name!r} is {compute!r}: give a function of a Run")
