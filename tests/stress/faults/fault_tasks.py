"""What children are asked to do in tests of `stress.faults`: found again by name, so at module level."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from pytest_optbench.stress.faults.fault import Fault
from pytest_optbench.stress.faults.injection import injected


def under(fault: dict[str, Any], folder: str, control: str, task: str, *arguments: Any) -> Any:
    """Perform another task of this module while a fault may happen below a folder; return what it returned."""
    with injected(Fault.of(fault), folder, control):
        return globals()[task](*arguments)


def every_kind(folder: str, outside: str) -> None:
    """One event of every kind, and all of it outside too, which must not count."""
    for place in (Path(folder), Path(outside)):
        (place / "a").write_text("a")
        (place / "a").read_text()
        with (place / "b").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.lockf(file, fcntl.LOCK_UN)
            fcntl.fcntl(file, fcntl.F_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0))
        (place / "a").rename(place / "c")
        (place / "c").replace(place / "d")
        (place / "link").symlink_to(place / "d")
        os.link(place / "d", place / "hard")
        (place / "below").mkdir()
        (place / "below").rmdir()
        os.truncate(place / "d", 0)
        os.chmod(place / "d", 0o600)
        os.utime(place / "d")
        shutil.copyfile(place / "b", place / "copy")
        (place / "d").unlink()
        sqlite3.connect(place / "base").close()
        os.listdir(place)


def by_descriptors(folder: str, outside: str) -> None:
    """Events by names relative to open folders and to the current one, and a file that moves in from elsewhere."""
    inner, outer = os.open(folder, os.O_RDONLY), os.open(outside, os.O_RDONLY)
    for place in (inner, outer):
        os.mkdir("below", dir_fd=place)
        os.rmdir("below", dir_fd=place)
        os.close(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=place))
        os.fsync(place)
    os.chdir(folder)
    Path("relative").touch()
    os.rename(f"{outside}/file", "moved", dst_dir_fd=inner)
    os.remove("../in/moved")
    os.chdir("/")


def from_threads(folder: str, threads: int, files: int) -> None:
    def write(name: int) -> None:
        for number in range(files):
            (Path(folder) / f"{name}-{number}").write_text("")

    workers = [threading.Thread(target=write, args=(name,)) for name in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def in_workers(folder: str) -> list[int]:
    """Make a folder here, two in a fork, and three in a new interpreter; return how they ended."""
    os.mkdir(f"{folder}/here")
    fork = os.fork()
    if fork == 0:
        try:
            os.mkdir(f"{folder}/fork-1")
            os.mkdir(f"{folder}/fork-2")
        except OSError:
            os._exit(1)
        os._exit(0)
    script = f"import os\nfor number in range(3): os.mkdir({folder!r} + f'/new-{{number}}')"
    fork_ended = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
    ended = subprocess.run([sys.executable, "-c", script], check=False, stderr=subprocess.DEVNULL)
    return [fork_ended, ended.returncode]


def write_thrice(folder: str) -> list[str]:
    """Write three files of a line, one after the other; return how each of them ended."""
    ended = []
    for number in range(3):
        try:
            (Path(folder) / str(number)).write_text("a line of text")
        except OSError as error:
            ended.append(os.strerror(error.errno or 0))
        else:
            ended.append("")
    return ended


def write_raw(folder: str) -> list[int]:
    """Write ten bytes by a system call until all are written; return what each call wrote."""
    descriptor = os.open(f"{folder}/raw", os.O_WRONLY | os.O_CREAT)
    counts = []
    try:
        while sum(counts) < 10:
            counts.append(os.write(descriptor, b"0123456789"[sum(counts) :]))
    finally:
        os.close(descriptor)
    return counts


def lock_twice(folder: str) -> bool:
    """Lock one file through two descriptors; return whether both got the lock."""
    with open(f"{folder}/lock", "a") as first, open(f"{folder}/lock", "a") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def open_in_every_way(folder: str) -> dict[str, Any]:
    """What files are like that are opened for writing in different ways; the same with and without a watch."""
    place = Path(folder)
    seen: dict[str, Any] = {}
    with (place / "text").open("w", encoding="latin-1", newline="\r\n") as text:
        text.write("\u00e9\n")
        seen["text"] = [str(text.name), text.mode, text.encoding, text.line_buffering]
    seen["bytes"] = (place / "text").read_bytes().hex()
    with (place / "text").open("r+b") as both:
        both.seek(1)
        both.write(b"x")
        both.seek(0)
        seen["both"] = [both.read().hex(), both.mode, type(both).__name__]
    with (place / "text").open("ab", buffering=0) as raw:
        seen["raw"] = [raw.write(b"z"), raw.mode, raw.tell()]
    for arguments in (("text", "x"), ("none/at", "w"), ("text", "wz"), ("text", "wb", 1, "ascii"), ("text", "w", 0)):
        try:
            open(place / arguments[0], *arguments[1:]).close()  # type: ignore[call-overload]
        except (OSError, ValueError) as error:
            seen[str(arguments)] = f"{type(error).__name__}: {error}"
    with tempfile.NamedTemporaryFile(dir=folder, mode="w+") as temporary:
        temporary.write("some")
        temporary.seek(0)
        seen["temporary"] = [temporary.read(), Path(temporary.name).parent == place]
    descriptor = os.open(place / "text", os.O_WRONLY)
    with open(descriptor, "w", closefd=False) as kept:
        kept.write("kept")
    os.write(descriptor, b"!")
    with os.fdopen(descriptor, "wb") as taken:
        taken.write(b"?")
    seen["descriptor"] = (place / "text").read_text()
    return seen


def untouched() -> bool:
    """Whether the functions of this process are those of the standard library."""
    return type(os.write).__name__ == type(open).__name__ == "builtin_function_or_method"


def healed(fault: dict[str, Any], folder: str, control: str) -> list[Any]:
    """What is left of a fault after its block."""
    before = dict(os.environ)
    try:
        with injected(Fault.of(fault), folder, control):
            during = untouched()
            (Path(folder) / "a").touch()
    except OSError:
        pass
    (Path(folder) / "b").touch()
    return [during, untouched(), dict(os.environ) == before, sorted(os.listdir(folder))]


def from_c(folder: str) -> str:
    """Write by C code: an array's `tofile`, and a database; return what failed."""
    import numpy as np

    try:
        with open(f"{folder}/array", "wb") as file:
            np.arange(10_000).tofile(file)
    except OSError as error:
        return f"array: {error}"
    base = sqlite3.connect(f"{folder}/base")
    try:
        base.execute("create table t (n)")
        base.execute("insert into t values (1)")
        base.commit()
    except sqlite3.Error as error:
        return f"base: {error}"
    finally:
        base.close()
    return ""
