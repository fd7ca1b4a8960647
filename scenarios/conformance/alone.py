"""Functions with which a script runs experiments on a metalab, given as a module, and notes observations.

A printed script contains the functions that it uses, so this module imports nothing that a user of metalab may lack.
It also hides differences between generations that are no breaks, such as how a sweep is started.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pytest_optbench.stress.model.observed_text import exact_text

SCRATCH = "scratch folder"  # the aspect of a note that says where it is


def note(me: str, aspect: str, text: str) -> None:
    """Append an observation of an execution to the notes, a file that worker processes share."""
    with Path(os.environ["CONFORMANCE_NOTES"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps([me, aspect, text]) + "\n")


def who(context: Any, params: Any, seeds: Any) -> str:
    """Name a run by its parameters, seed and context, as its operation receives them."""
    under = f", under {exact_text(context)}" if exact_text(context) != "{}" else ""
    return f"{exact_text(dict(params))}, base {seeds.root_seed}, replicate {seeds.replicate_index}{under}"


def begin(context: Any, params: Any, seeds: Any, runtime: Any, capture: Any) -> str:
    """Begin an operation: note its inputs, and capture the name of its run as a metric."""
    me = who(context, params, seeds)
    note(me, "executed", "yes")
    note(me, "context", exact_text(context))
    note(me, "metadata", exact_text(dict(getattr(runtime, "metadata", {}))))
    capture.metric("who", me)
    return me


def scratch(me: str, runtime: Any) -> None:
    """Note the path and the content of the scratch folder, and create a file there."""
    note(me, SCRATCH, str(runtime.scratch_dir))
    note(
        me, "files in its scratch folder", exact_text(sorted(path.name for path in Path(runtime.scratch_dir).glob("*")))
    )
    written(runtime, "left/there", b"x")


def drawn(me: str, seeds: Any, *names: str) -> None:
    """Note draws of streams in each way of drawing, from each stream twice."""
    for name in names:
        for repeat in (1, 2):
            numpy, library = seeds.numpy(name), seeds.rng(name)
            draws = [seeds.derive(name), library.getrandbits(62), library.getrandbits(62), int(numpy.integers(2**62))]
            for way, draw in zip(("derive", "rng", "rng, second", "numpy"), draws, strict=True):
                note(me, f"{way}({name!r}), {repeat}. time", f"draw {way.partition(',')[0]} {draw}")


def tried(me: str, what: str, call: Callable[[], Any]) -> None:
    """Capture a value, and note whether it was taken; a refused value does not end the run."""
    try:
        call()
        note(me, f"capturing {what}", "taken")
    except Exception as error:  # noqa: BLE001 - whatever is raised is the answer
        note(me, f"capturing {what}", f"raised {type(error).__name__}: {error}")


def written(runtime: Any, name: str, content: bytes) -> Path:
    """Write a file in the scratch folder of a run."""
    path = Path(runtime.scratch_dir) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def executor_of(metalab: Any, kind: str, workers: int) -> Any:
    """Make an executor of the metalab; an inline one is a single thread where the metalab has none."""
    if kind == "inline" and hasattr(metalab, "InlineExecutor"):
        return metalab.InlineExecutor()
    return (metalab.ProcessExecutor if kind == "process" else metalab.ThreadExecutor)(max_workers=workers)


def start(metalab: Any, experiment: Any, store: str, kind: str, workers: int, resume: bool, on_event: Any) -> Any:
    """Run an experiment to its end; returns its counts and results."""
    if not hasattr(metalab, "load_results"):  # the first release
        executor_name = "processes" if kind == "process" else "threads"
        metalab.run(
            experiment, store=store, executor=executor_name, max_workers=workers, resume=resume, on_event=on_event
        )
        return None, None
    executor = executor_of(metalab, kind, workers)
    try:
        handle = metalab.run(
            experiment, store=store, executor=executor, resume=resume, on_event=on_event, verbose=False
        )
        results = handle.result()
        return handle.status, results
    finally:
        if hasattr(executor, "shutdown"):
            executor.shutdown()


def found_again(metalab: Any, store: str, experiment: Any) -> list[Any]:
    """Read the runs of an experiment from its store."""
    if hasattr(metalab, "load_results"):
        config = metalab.FileStoreConfig(root=store, experiment_id=experiment.experiment_id)
        return list(metalab.load_results(config))
    first = metalab.FileStore(store)
    return [first_run(metalab, first, record) for record in first.list_run_records(experiment.experiment_id)]


def first_run(metalab: Any, store: Any, record: Any) -> Any:
    """Convert a record of the first release to a run with today's names."""
    return SimpleNamespace(
        record=record,
        run_id=record.run_id,
        status=record.status,
        error=record.error,
        metrics=record.metrics,
        tags=record.tags,
        artifacts=lambda: store.list_artifacts(record.run_id),
        artifact=lambda name: metalab.ResultHandle(store, [record]).load(record.run_id, name),
    )


def sweep(
    metalab: Any, experiment: Any, store: str, kind: str, workers: int, resume: bool, offers: Collection[str]
) -> SimpleNamespace:
    """Run an experiment, and collect everything that observers examine."""
    notes = Path(os.environ["CONFORMANCE_NOTES"])
    notes.write_text("", encoding="utf-8")
    events: list[Any] = []
    status, results, raised, stored = None, None, "", []
    try:
        status, results = start(metalab, experiment, store, kind, workers, resume, events.append)
    except Exception as error:  # noqa: BLE001
        raised = f"{type(error).__name__}: {error}"
    try:
        stored = found_again(metalab, store, experiment)
    except Exception as error:  # noqa: BLE001 - there is no store where the sweep was refused
        raised = raised or f"{type(error).__name__}: {error}"
    return SimpleNamespace(
        metalab=metalab,
        store=store,
        experiment=experiment,
        workers=workers,
        offers=offers,
        status=status,
        results=results,
        stored=stored,
        events=events,
        raised=raised,
        notes=[json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()],
    )


def named(run: Any) -> str:
    """Return the name that the operation of a run captured."""
    return str(run.metrics.get("who", "a run without a name"))


def state_of(run: Any) -> str:
    return str(getattr(run.status, "value", run.status))


def delete(metalab: Any, store: str, experiment: Any, number: int) -> None:
    """Delete a stored run, by its number in the order of names."""
    run = sorted(found_again(metalab, store, experiment), key=named)[number]
    if hasattr(metalab, "FileStoreConfig"):
        metalab.FileStoreConfig(root=store, experiment_id=experiment.experiment_id).connect().delete_run(run.run_id)
    else:
        metalab.FileStore(store).delete_run(run.run_id)
