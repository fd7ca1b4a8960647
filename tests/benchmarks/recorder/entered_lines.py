"""Which lines of a package does each part of the suite execute, in all of its processes?

`sitecustomize` starts it in each interpreter, from two variables: the folder of the package, and the file to which each
line is appended once per process and part; the plugin of pytest in `part_starts` says when another part begins.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

PACKAGE, RECORD = "ENTERED_PACKAGE", "ENTERED_RECORD"
TOOL = 4  # an id of `sys.monitoring` that no well-known tool uses
_again: list[Callable[[], Any]] = []  # what makes every line count anew


def start() -> None:
    """Watch this process and those that it forks, where the two variables are set."""
    package = os.environ.get(PACKAGE)
    if package and os.environ.get(RECORD):
        watch = _by_monitoring if sys.version_info >= (3, 12) else _by_tracing
        _again.append(watch(os.path.join(package, "")))  # noqa: PTH118 - pathlib would be imported in each process
        os.register_at_fork(after_in_child=_again[0])


def restart() -> None:
    """Count every line anew."""
    for again in _again:
        again()


def _keep(file: str, line: int) -> None:
    part = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    try:
        descriptor = os.open(os.environ[RECORD], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError:  # a part takes all descriptors, or lets the disk be full
        return
    try:
        os.write(descriptor, f"{part}\t{file}\t{line}\n".encode())
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _by_monitoring(package: str) -> Callable[[], Any]:
    monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # since 3.12
    events = monitoring.events

    def entered(code: CodeType, offset: int) -> Any:
        if code.co_filename.startswith(package):
            monitoring.set_local_events(TOOL, code, events.LINE)
        return monitoring.DISABLE

    def executed(code: CodeType, line: int) -> Any:
        _keep(code.co_filename, line)
        return monitoring.DISABLE

    monitoring.use_tool_id(TOOL, "entered lines")
    monitoring.register_callback(TOOL, events.PY_START, entered)
    monitoring.register_callback(TOOL, events.LINE, executed)
    monitoring.set_events(TOOL, events.PY_START)
    restart: Callable[[], Any] = monitoring.restart_events
    return restart


def _by_tracing(package: str) -> Callable[[], Any]:
    seen: set[tuple[str, int]] = set()

    def entered(frame: FrameType, event: str, argument: Any) -> Any:
        return executed if frame.f_code.co_filename.startswith(package) else None

    def executed(frame: FrameType, event: str, argument: Any) -> Any:
        line = (frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and line not in seen:
            seen.add(line)
            _keep(*line)
        return executed

    sys.settrace(entered)
    threading.settrace(entered)
    return seen.clear
