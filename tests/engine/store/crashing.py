"""A process whose forks write runs and are killed while they do; run as a script, it prints what it saw as JSON.

    python crashing.py points ROOT DURABILITY STRIDE  kill at every STRIDE-th file-system call, one after the other
    python crashing.py careless ROOT DURABILITY STRIDE  the same, with a store that removes before it replaces
    python crashing.py faults ROOT DURABILITY STRIDE  let every STRIDE-th call fail instead, as on a full disk
    python crashing.py moments ROOT DURABILITY KILLS  kill at random moments

It forks so that thirty deaths take a second, and is a process of its own so that no test forks beside threads.
"""

from __future__ import annotations

import errno
import functools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from stored_runs import record

from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import ExperimentStore, FileStore, folder
from pytest_optbench.errors import StoreError

EVENTS = {"open", "os.mkdir", "os.rename", "os.rmdir", "os.remove", "os.truncate", "os.listdir", "os.scandir"}
RUNS = ["0" * 32, "f" * 32]
BIG = np.arange(40_000.0)


def attempt(store: ExperimentStore, run_id: str, status: Status, about: str) -> None:
    """Write one run of every kind of file, all of which say which attempt they are of."""
    assert store.claim(run_id)
    draft = store.draft(run_id)
    capture = Capture(draft)
    capture.log(about)
    capture.artifact("both", about)
    capture.artifact(f"only {about}", {"big": BIG})
    for step in range(5):
        capture.metric("loss", step / 2, step=step)
    store.publish(draft, record(store, run_id, status, **capture.close()))
    store.release(run_id)


def write(store: ExperimentStore, rounds: int, told: int) -> None:
    """Publish every run as failed and then as a success, `rounds` times, and say what is published."""
    for round_ in range(rounds):
        for run_id in RUNS:
            for status in (Status.FAILED, Status.SUCCESS):
                attempt(store, run_id, status, f"{status} {round_}")
                os.write(told, f"{run_id} {status} {round_}\n".encode())


def write_despite(told: int, root: Path, durability: Any) -> None:
    """Publish what can be published once, and say what: a store may refuse with a `StoreError`, and in no other way."""
    for run_id in RUNS:
        for status in (Status.FAILED, Status.SUCCESS):
            try:
                store = FileStore(root, durability).experiment("e:1")
                try:
                    attempt(store, run_id, status, f"{status} 0")
                    os.write(told, f"{run_id} {status} 0\n".encode())
                finally:
                    store.close()
            except StoreError as error:
                os.write(told, f"refused {error}\n".encode())


def wrong(root: Path, published: dict[str, str]) -> list[str]:
    """What is not as it should be after a death: nothing may be lost, torn, mixed, or in the way."""
    store = FileStore(root).experiment("e:1")
    found = [str(problem) for problem in store.check()]
    for run_id in RUNS:
        if run_id in published and not store.run_exists(run_id):
            found.append(f"{run_id} is lost")
        if store.run_exists(run_id):
            found += torn_or_mixed(store, run_id, published.get(run_id))
    finished = store.finished()
    found += [str(problem) for problem in store.set_aside]
    found += [f"{run_id} is held by the dead" for run_id in RUNS if not store.claim(run_id)]
    found += [f"left behind: {left}" for left in Path(store.path, "drafts").iterdir()]
    succeeded = {one.run_id for one in store.records() if one.status is Status.SUCCESS}
    if succeeded != finished:
        found.append(f"finished are {finished}, recorded as successes {succeeded}")
    store.close()
    return found


def torn_or_mixed(store: ExperimentStore, run_id: str, published: str | None) -> list[str]:
    try:
        return mixed(store, run_id, published)
    except StoreError as error:
        return [f"{run_id} is torn: {error}"]


def mixed(store: ExperimentStore, run_id: str, published: str | None) -> list[str]:
    """Parts of one run that come from different attempts, or from one before what was published last."""
    about = store.load_artifact(run_id, "both")
    found = [] if store.log(run_id).endswith(f"{about}\n") else [f"{run_id}: log of another attempt"]
    names = [artifact.name for artifact in store.list_artifacts(run_id)]
    if names != ["both", f"only {about}"]:
        found.append(f"{run_id}: artifacts {names} beside {about}")
    if published is not None and order(about) < order(published):
        found.append(f"{run_id}: {about} after {published} had been published")
    return found


def order(about: str) -> tuple[int, bool]:
    status, _, round_ = about.partition(" ")
    return int(round_), status == Status.SUCCESS


def in_fork(
    root: Path,
    durability: Any,
    rounds: int,
    doom: Callable[[int, IO[str]], list[str]],
    before: Callable[[], Callable[[], bool]],
) -> tuple[dict[str, str], int]:
    """Write in a fork that `before` may have prepared and `doom` may kill; returns what it published, how it ended.

    In no rounds at all, it writes once despite errors.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        happened = before()
        if rounds:
            write(FileStore(root, durability).experiment("e:1"), rounds, writing)
        else:
            write_despite(writing, root, durability)
        if not happened():
            os.write(writing, b"unharmed at all\n")
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        lines = doom(child, told)
        _, status = os.waitpid(child, 0)
        lines += told.readlines()
    return dict(line.rstrip("\n").split(" ", 1) for line in lines), status


def at_every_point(root: Path, durability: str, stride: int) -> list[dict[str, Any]]:
    """Kill at one file-system call after the other, until a fork comes to its end."""
    deaths = []
    while True:
        place = root / str(len(deaths))
        call = stride * len(deaths)
        published, status = in_fork(
            place, durability, 1, lambda child, told: [], functools.partial(at_call, call, place, kill)
        )
        if status == 0:
            return deaths
        deaths.append({"signal": status, "published": len(published), "wrong": wrong(place, published)})


def with_faults(root: Path, durability: str, stride: int) -> list[dict[str, Any]]:
    """Let one file-system call after the other fail, until there are no more."""
    faults: list[dict[str, Any]] = []
    while True:
        place = root / str(len(faults))
        prepare = functools.partial(at_call, stride * len(faults), place, fail)
        published, status = in_fork(place, durability, 0, lambda child, told: [], prepare)
        refused = published.pop("refused", None)
        found = wrong(place, published) + ([] if status == 0 else ["another error than StoreError"])
        faults.append({"refused": refused, "published": len(published), "wrong": found})
        if "unharmed" in published:
            return faults


def at_call(number: int, root: Path, what: Callable[[], object]) -> Callable[[], bool]:
    """Do `what` just before this process makes its file-system call of that number in a store; tells if it did."""
    count = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event in EVENTS and is_below(root, arguments[0]):
            count += 1
            if count == number + 1:
                what()

    sys.addaudithook(hook)
    return lambda: count > number


def is_below(root: Path, path: Any) -> bool:
    """Tell calls of the store from those of imports; names in folders that are held open are the store's."""
    return not isinstance(path, str) or not path.startswith("/") or path.startswith(str(root))


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def at_random_moments(root: Path, durability: str, kills: int) -> list[dict[str, Any]]:
    """Kill the writers of one store again and again, in the midst of it, some after a few publications."""
    moments = random.Random(7)
    deaths = []

    def doom(child: int, told: IO[str]) -> list[str]:
        lines = [told.readline() for _ in range(moments.randrange(5))]
        time.sleep(moments.uniform(0.0, 0.01))
        os.kill(child, signal.SIGKILL)
        return lines

    for _ in range(kills):
        published, status = in_fork(root, durability, 100_000, doom, lambda: bool)
        deaths.append({"signal": status, "published": len(published), "wrong": wrong(root, published)})
    return deaths


def remove_then_replace(source: str, target: str, spare: str) -> None:
    """What a careless store would do."""
    folder.remove_tree(target)
    Path(source).rename(target)


if __name__ == "__main__":
    how, where, durable, number = sys.argv[1:]
    if how == "careless":
        folder.replace_folder = remove_then_replace
    modes = {"moments": at_random_moments, "faults": with_faults}
    print(json.dumps(modes.get(how, at_every_point)(Path(where), durable, int(number))))
