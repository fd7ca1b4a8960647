"""The main program of a child process (`stress.process.child`): find the function, set limits, call it, report."""

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

EXIT = os._exit  # kept under another name: `target.survival` replaces `os._exit` while a sweep runs on
PR_SET_PDEATHSIG = 1
PARENT_DIED = signal.SIGRTMAX  # no other sender uses it
LIMITS = {
    "address_space": resource.RLIMIT_AS,
    "open_files": resource.RLIMIT_NOFILE,
    "file_size": resource.RLIMIT_FSIZE,
    "processes": resource.RLIMIT_NPROC,
}


def main(folder: Path, parent: int) -> None:
    """Perform the task in `folder`, write the report there, and exit without waiting for threads."""
    _die_with(parent)
    _guard_group()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell makes children ignore it
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.closed:
        sys.stdout.reconfigure(line_buffering=True)  # keeps the output, in order, when the child is killed
    try:
        _write(folder / child.REPORT, _perform(json.loads((folder / child.TASK).read_bytes())))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - without a report, the error goes to the output
        os.write(2, traceback.format_exc().encode())
        EXIT(1)
    EXIT(0)


def _perform(task: Mapping[str, Any]) -> dict[str, Any]:
    """Call the task's function within its limits and return the report."""
    began = time.perf_counter()
    report: dict[str, Any] = {"value": None, "error": None, "traceback": None, "failed": None}
    try:
        function = operator.attrgetter(task["name"])(imported(task["module"]))
        before = _set_limits(task["bounds"])
        try:
            with _watched():
                report["value"] = function(*task["arguments"])
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # from here on it could only stop the report
            _restore_limits(before)
    except BaseException as error:  # noqa: BLE001 - the report has it
        report |= _error_fields(error)
    return {**report, "usage": asdict(usage_of_self(began))}


def _watched() -> AbstractContextManager[None]:
    """Return the watch that interrupts a metalab that hangs; a child that runs none has not imported it."""
    watch = sys.modules.get("pytest_optbench.target.watch")
    return nullcontext() if watch is None else watch.interrupt_hangs()


def imported(name: str) -> ModuleType:
    """Import a module without garbage collection, which would take a tenth of the time and find none."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.enable()


def _die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent dies."""
    _on_death_of_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before the call took effect


def _guard_group() -> None:
    """Fork a guard that kills the whole group once this process is dead, by any cause."""
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
        os.killpg(guarded, signal.SIGKILL)  # including this process


def _on_death_of_parent(number: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)


def _set_limits(bounds: Mapping[str, int | None]) -> dict[int, tuple[int, int]]:
    """Set the soft limits; files that grow too large raise OSError instead of killing the process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = {}
    for name, kind in LIMITS.items():
        limit = bounds[name]
        if limit is not None:
            before[kind] = resource.getrlimit(kind)
            hard = before[kind][1]
            lower = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            resource.setrlimit(kind, (lower, hard))
    return before


def _restore_limits(before: Mapping[int, tuple[int, int]]) -> None:
    """Restore the limits: the report needs memory and a file."""
    for kind, limits in before.items():
        resource.setrlimit(kind, limits)


def _error_fields(error: BaseException) -> dict[str, str | None]:
    try:
        text = " ".join(str(error).split())[:1000]
    except Exception:  # noqa: BLE001 - functions under test raise exceptions that cannot be printed
        text = "(its message cannot be printed)"
    line = f"{type(error).__name__}: {text}" if text else type(error).__name__
    try:
        trace = "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - for the same reason
        trace = line
    failed = type(error).__name__ if isinstance(error, TargetFailedError) else None
    return {"error": line, "traceback": trace, "failed": failed}


def _write(path: Path, report: Mapping[str, Any]) -> None:
    """Write the report in one replacement; a value that JSON cannot hold becomes the report's error."""
    try:
        text = json.dumps(report)
    except (TypeError, ValueError, RecursionError) as error:
        text = json.dumps({**report, "value": None, "error": f"its return value is not JSON data: {error}"})
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
