"""What the tests let child processes do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any


def add(one: int, other: int) -> dict[str, Any]:
    print("adding")
    return {"sum": one + other, "variable": os.environ.get("CHILD_TEST"), "folder": str(Path.cwd()), "path": sys.path}


def complain() -> None:
    raise ValueError("two\nlines")


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def complain_unprintably() -> None:
    raise UnprintableError


def leave() -> None:
    sys.exit(3)


def leave_at_once() -> None:
    os._exit(7)


def die() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def give_junk() -> object:
    return object()


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


def note_and_sleep(path: str) -> None:
    """Note the pid of this process and of a grandchild, then hang."""
    grandchild = subprocess.Popen(["sleep", "600"])
    partial = Path(f"{path}.partial")
    partial.write_text(f"{os.getpid()} {grandchild.pid}")
    partial.rename(path)
    time.sleep(600)


def leave_grandchild() -> int:
    return subprocess.Popen(["sleep", "600"]).pid


def leave_thread() -> str:
    threading.Thread(target=time.sleep, args=(600,)).start()
    return "done"


def eat(size: int) -> int:
    return len(bytearray(size))


def open_many(count: int) -> int:
    return len([Path(os.devnull).open() for _ in range(count)])


def write_much(path: str, size: int) -> None:
    Path(path).write_bytes(b"x" * size)


def shout(lines: int) -> None:
    for line in range(lines):
        print(f"line {line}")


def touch(folder: str) -> None:
    """Two files opened for writing, one renamed, one removed, a folder made, a lock taken; one read."""
    import fcntl

    place = Path(folder)
    (place / "made").mkdir()
    with (place / "made" / "one").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    (place / "two").write_text("x")
    (place / "two").rename(place / "three")
    (place / "made" / "one").unlink()
    (place / "three").read_text()
    Path(folder + "-elsewhere").write_text("not watched")


def start_child_and_hang(path: str) -> None:
    """Be a parent whose child hangs, to be killed without a chance to clean up."""
    from pytest_optbench.stress.child import start_child

    with start_child(note_and_sleep, path):
        time.sleep(600)
