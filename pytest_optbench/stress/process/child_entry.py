"""What a child process of `stress.child` does: find the function, take on limits, call it, report, end."""

from __future__ import annotations

import ctypes
import gc
import importlib
import io
import json
import operator
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from pytest_optbench.errors import TargetFailedError
from pytest_optbench.stress.measure.measure import usage_of_self

from . import child
from .fs_events import EventCount

LEAVE = os._exit  # this very one: a sweep that is left under way has the name raise an error (`target.survival`)
PR_SET_PDEATHSIG = 1
PARENT_DIED = signal.SIGRTMAX  # nobody else sends it
LIMITS = {
    "address_space": resource.RLIMIT_AS,
    "open_files": resource.RLIMIT_NOFILE,
    "file_size": resource.RLIMIT_FSIZE,
}


def main(folder: Path, parent: int) -> None:
    """Do the task in `folder`, report there, and end this process without waiting for threads it left."""
    _die_with(parent)
    _guard_group()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background would have it ignored
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.closed:
        sys.stdout.reconfigure(line_buffering=True)  # what it printed is kept when it is killed, and in its order
    try:
        _write(folder / child.REPORT, _done(json.loads((folder / child.TASK).read_bytes())))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - without a report, what went wrong goes to the output
        os.write(2, traceback.format_exc().encode())
        LEAVE(1)
    LEAVE(0)


def _done(task: Mapping[str, Any]) -> dict[str, Any]:
    """Call the task's function within its limits; returns the report."""
    began = time.perf_counter()
    events = EventCount(task["watch"])
    report: dict[str, Any] = {"value": None, "error": None, "traceback": None, "failed": None}
    try:
        function = operator.attrgetter(task["name"])(imported(task["module"]))
        before = _bound(task["bounds"])
        try:
            with events, _watched():
                report["value"] = function(*task["arguments"])
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # too late to stop anything but the report
            _unbind(before)
    except BaseException as error:  # noqa: BLE001 - the report is where it goes
        report |= _told(error)
    return {**report, "usage": asdict(usage_of_self(began)), "events": events.counts()}


def _watched() -> AbstractContextManager[None]:
    """What interrupts a metalab that hangs; a child that has nothing to do with one need not import this."""
    watch = sys.modules.get("pytest_optbench.target.watch")
    return nullcontext() if watch is None else watch.watched()


def imported(name: str) -> ModuleType:
    """Import a module without collecting garbage, which takes a tenth of the time and finds none."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.enable()


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies."""
    _on_death_of_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it died before the kernel knew


def _guard_group() -> None:
    """Have a process stand by that kills the whole group once this one is dead, whatever killed it."""
    guarded = os.getpid()
    signals = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    if os.fork():
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        return
    try:
        _on_death_of_parent(PARENT_DIED)
        while os.getppid() == guarded:
            signal.sigwait({PARENT_DIED})
    finally:
        os.killpg(guarded, signal.SIGKILL)  # this process too


def _on_death_of_parent(number: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)


def _bound(bounds: Mapping[str, int | None]) -> dict[int, tuple[int, int]]:
    """Take on the soft limits; files past their size raise OSError here instead of killing the process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = {}
    for name, kind in LIMITS.items():
        wanted = bounds[name]
        if wanted is not None:
            before[kind] = resource.getrlimit(kind)
            hard = before[kind][1]
            lower = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(kind, (lower, hard))
    return before


def _unbind(before: Mapping[int, tuple[int, int]]) -> None:
    """The report needs memory and a file of its own."""
    for kind, limits in before.items():
        resource.setrlimit(kind, limits)


def _told(error: BaseException) -> dict[str, str | None]:
    try:
        text = " ".join(str(error).split())[:1000]
    except Exception:  # noqa: BLE001 - functions under test raise exceptions that cannot be printed
        text = "(its message cannot be printed)"
    told = f"{type(error).__name__}: {text}" if text else type(error).__name__
    try:
        trace = "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - likewise
        trace = told
    failed = type(error).__name__ if isinstance(error, TargetFailedError) else None
    return {"error": told, "traceback": trace, "failed": failed}


def _write(path: Path, report: Mapping[str, Any]) -> None:
    """Write the report whole or not at all; a value that JSON cannot hold becomes the report's error."""
    try:
        text = json.dumps(report)
    except (TypeError, ValueError, RecursionError) as error:
        text = json.dumps({**report, "value": None, "error": f"what it returned is no JSON data: {error}"})
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
