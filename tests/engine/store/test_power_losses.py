"""With durability "power", whatever a power loss leaves: what was reported is there, and resuming completes the rest.

Each moment of a sweep is looked at in four ways: of what was not synced, nothing survives, or all names without their
contents, or all contents without their names, or all removals alone. With `POWER_WHOLE=1` larger sweeps are looked at,
which takes minutes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from power_loss import REMAINS, Moment, Recorder, restore

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import ExperimentStore, FileStoreConfig, folder
from pytest_optbench.engine.store.draft import FolderDraft

WHOLE = bool(os.environ.get("POWER_WHOLE"))
RUNS = 4 if WHOLE else 2
SECONDS = 60.0  # against a hang
_executed: list[int] = []
_fails: set[int] = set()


@metalab.operation
def captures_all(params, capture):
    n = params["n"]
    _executed.append(n)
    capture.metric("square", n * n)
    capture.metric("loss", n / 2, step=n)
    capture.artifact("value", {"n": n})
    capture.log(f"case {n}")
    if n in _fails:
        raise ValueError("as planned")


def sweep(root: Path, durability: Any, on_event: Any = None, resume: bool = True) -> metalab.Results:
    cases = metalab.manual([{"n": n} for n in range(RUNS)])
    experiment = metalab.Experiment("power", "1", None, captures_all, cases, metalab.seeds())
    store = FileStoreConfig(root=root, durability=durability)
    handle = metalab.run(experiment, store, metalab.InlineExecutor(), resume=resume, on_event=on_event)
    return handle.result(SECONDS)


BEGINNINGS = ("nothing", "a store of processes", "failures", "successes")


def moments_of(place: Path, beginning: str) -> list[Moment]:
    """Record a sweep with durability "power" that begins with nothing, or with what other sweeps stored.

    Of the store of processes nothing was synced before; one of its runs has succeeded. Failures are replaced, and so
    are successes, by a sweep that does not resume.
    """
    place.mkdir()
    root = place / "root"
    recorder = Recorder(place)

    def heard(event: metalab.Event) -> None:
        if str(event.kind) in ("run_finished", "run_skipped"):
            recorder.reported.add(str(event.run_id))

    if beginning == "a store of processes":
        _fails.update(range(1, RUNS))
        sweep(root, "process")
    with recorder.recording():
        if beginning == "failures":
            _fails.update(range(RUNS))
            sweep(root, "power")
        if beginning == "successes":
            sweep(root, "power", heard)
        _fails.clear()
        sweep(root, "power", heard, resume=beginning != "successes")
    return recorder.moments


def broken_at(moment: Moment, remains: str, root: int, left: Path) -> str:
    """What is wrong after a power loss at that moment, "" if nothing is."""
    restore(moment, remains, root, left)
    store = ExperimentStore(left / "root" / "power_1", "power:1")
    lost = {run_id for run_id in moment.reported if not store.is_finished(run_id)}
    lost |= {run_id for run_id in moment.reported - lost if store.verify(run_id) is not None}
    store.close()
    if lost:
        return f"{len(lost)} of {len(moment.reported)} runs that were reported are lost or damaged"
    _executed.clear()
    results = sweep(left / "root", "process")
    if [run.status for run in results] != ["success"] * RUNS:
        return f"resuming gives {[run.status for run in results]}"
    if len(_executed) > RUNS - len(moment.reported):
        return f"{len(_executed)} runs were executed again, although {len(moment.reported)} of {RUNS} were reported"
    found = [str(problem) for problem in store.check()]
    found += [f"{path} is left" for path in Path(store.path, "drafts").iterdir()]
    wrong = [run.run_id for run in results if run.artifact("value") != {"n": run.params["n"]}]
    return "; ".join([*found, *wrong])


def broken(tmp_path: Path, beginning: str) -> list[str]:
    """What is wrong after a power loss, at whichever moment."""
    place = tmp_path / "disk"
    found, seen = [], set()
    for moment in moments_of(place, beginning):
        for remains in REMAINS:
            there = moment.there if remains != "nothing" else ""
            state = repr((moment.synced, there, moment.reported, remains))
            if state in seen:
                continue
            seen.add(state)
            left = tmp_path / "left"
            wrong = broken_at(moment, remains, place.stat().st_ino, left)
            shutil.rmtree(left)
            if wrong:
                found.append(f"after {moment.call}, with {remains} of what was not synced: {wrong}")
    assert len(seen) > 20
    assert len(moment.reported) == RUNS
    return found


@pytest.fixture(autouse=True)
def undisturbed() -> None:
    _fails.clear()


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_power_loss_at_any_moment_costs_nothing_that_was_reported(tmp_path: Path, beginning: str) -> None:
    assert broken(tmp_path, beginning) == []


def sync_the_wrong_folder(patch: pytest.MonkeyPatch) -> None:
    """Sync another folder than that of the new name."""
    sync = folder.sync_folder
    patch.setattr(folder, "sync_folder", lambda path: sync(path.partition("/runs")[0]))


def sync_no_file(patch: pytest.MonkeyPatch) -> None:
    """Write files without syncing them."""
    init = FolderDraft.__init__
    patch.setattr(
        FolderDraft, "__init__", lambda self, run_id, place, *, durable: init(self, run_id, place, durable=False)
    )


def sync_nothing_of_others(patch: pytest.MonkeyPatch) -> None:
    """Count what others published without syncing it."""
    patch.setattr(folder, "sync_file_system", lambda path: None)


def remove_before_the_sync(patch: pytest.MonkeyPatch) -> None:
    """Remove what was replaced before the exchange is on the disk."""
    replace = folder.replace_folder

    def careless(source: str, target: str, spare: str) -> None:
        replaced = replace(source, target, spare)
        if replaced is not None:
            folder.remove_tree(replaced)

    patch.setattr(folder, "replace_folder", careless)


def sync_no_new_shard(patch: pytest.MonkeyPatch) -> None:
    """Make the folder above a run without syncing its name."""
    patch.setattr(ExperimentStore, "_make_shard", lambda self, shard: Path(shard).mkdir(exist_ok=True))


@pytest.mark.parametrize(
    ("careless", "beginning"),
    [
        (sync_the_wrong_folder, "nothing"),
        (sync_no_file, "nothing"),
        (sync_no_new_shard, "nothing"),
        (sync_nothing_of_others, "a store of processes"),
        (remove_before_the_sync, "successes"),
    ],
    ids=lambda value: value.__name__ if callable(value) else value,
)
def test_a_store_that_syncs_too_little_is_found_out(
    tmp_path: Path, careless: Callable[[pytest.MonkeyPatch], None], beginning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless(monkeypatch)
    found = broken(tmp_path, beginning)
    assert any("lost or damaged" in one for one in found), found
