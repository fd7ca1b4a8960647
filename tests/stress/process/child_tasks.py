"""What children are asked to do in tests of `stress.child`: found again by name, so at module level."""

from __future__ import annotations

import ctypes
import importlib
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy.random

MIB = 1 << 20
IMPORTED_BY = os.getpid()


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Methods:
    @staticmethod
    def doubled(number: int) -> int:
        return 2 * number


def imported_by() -> tuple[int, int]:
    """Which process imported this module, and which one started this."""
    return IMPORTED_BY, os.getppid()


def importer_of(module: str) -> int:
    """Which process imported another module; this one, if none did before."""
    found: int = importlib.import_module(module).IMPORTED_BY
    return found


def blocked_signals() -> list[int]:
    """Which signals do not reach this thread."""
    return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def draw() -> list[float]:
    """A number from each generator that a process has from the start."""
    return [random.random(), float(numpy.random.random())]


def add(left: int, right: int) -> int:
    return left + right


def whereabouts(variable: str) -> dict[str, Any]:
    """What a child sees of its surroundings."""
    return {
        "variable": os.environ.get(variable),
        "cwd": str(Path.cwd()),
        "path": sys.path,
        "group": os.getpgrp() == os.getpid(),
        "scratch": tempfile.gettempdir(),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    }


def complain(message: str) -> None:
    raise ValueError(message)


def complain_unprintably() -> None:
    raise UnprintableError


def return_a_set() -> set[int]:
    return {1}


def return_something_endless() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


def leave(code: int) -> None:
    sys.exit(code)


def leave_at_once(code: int) -> None:
    os._exit(code)


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def say_and_die(words: str) -> None:
    print(words)
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    ctypes.string_at(0)


def tell(text: str, times: int) -> None:
    for _ in range(times):
        print(text)
    print("and to stderr", file=sys.stderr)


def close_its_output() -> str:
    sys.stdout.close()
    return "closed"


def leave_a_thread() -> str:
    threading.Thread(target=time.sleep, args=(600,)).start()
    return "left"


def eat_memory(mebibytes: int) -> int:
    return len(bytearray(mebibytes * MIB))


def open_many(path: str, count: int) -> int:
    files = [open(path, "rb") for _ in range(count)]  # noqa: SIM115, PTH123 - kept open on purpose
    return len(files)


def write_much(path: str, mebibytes: int) -> int:
    return Path(path).write_bytes(bytes(mebibytes * MIB))


def hang(*, also_when_asked: bool = True) -> None:
    """Never end; not even when asked to."""
    if also_when_asked:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(600)


def beget(pipe: str, ends: str) -> str:
    """Start a grandchild that holds the named pipe open for ever, and end so: returned, exited, killed, hung."""
    holder = f"import time; file = open({pipe!r}, 'wb', buffering=0); file.write(b'.'); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", holder])
    with open(pipe, "wb", buffering=0):  # noqa: PTH123 - this process holds it too, until it ends
        if ends == "exited":
            os._exit(3)
        if ends == "killed":
            die(signal.SIGKILL)
        if ends == "hung":
            hang()
    return ends


def wait_for_interrupt(started: str) -> str:
    try:
        Path(started).touch()
        time.sleep(600)
    except KeyboardInterrupt:
        return "interrupted"
    return "slept"


def use_much(mebibytes: int) -> int:
    held = bytearray(mebibytes * MIB)
    held[::4096] = b"x" * len(held[::4096])
    return len(held)


def run_one_more(pipe: str) -> Any:
    """A child that starts a child of its own, in a session of its own, and waits for it."""
    from pytest_optbench.stress.process.child import run_child

    return run_child(beget, pipe, "hung").value


def fail_as_a_target(name: str) -> None:
    """Raise what the drive raises where the target failed."""
    from pytest_optbench import errors

    raise getattr(errors, name)("it was its fault")
