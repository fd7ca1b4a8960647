"""The preloaded C library, by which writes, syncs and closes of C code (databases, numpy) are events, too.

It is optional: compiled where there is a C compiler, once for each version of its source, into a cache of the user. A
child has it if it starts with `environment=preloaded()`; without it only the calls of Python are seen.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("preload.c")
KINDS = ("write", "fsync", "close")
SECONDS = 60.0  # for the compiler
Called = Callable[[str, int, int], int | None]
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_int, ctypes.c_int, ctypes.c_long)


@cache
def library() -> Path | None:
    """Return the compiled library, compiling it if need be; None without a compiler that makes one."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    content = SOURCE.read_bytes()
    name = f"preload-{hashlib.blake2b(content, digest_size=8).hexdigest()}-{os.uname().machine}.so"
    for folder in _caches():
        if (folder / name).is_file():
            return folder / name
        if compiler is not None and _compile(compiler, folder / name):
            return folder / name
    return None


def preloaded() -> Mapping[str, str]:
    """Return the variables with which a child starts with the library; none where there is no library."""
    path = library()
    if path is None:
        return {}
    return {"LD_PRELOAD": os.pathsep.join(filter(None, [str(path), os.environ.get("LD_PRELOAD", "")]))}


@contextmanager
def calls_seen(called: Called) -> Iterator[bool]:
    """Call a function at each write, sync and close of this process; yield whether the library is there for it.

    It gets kind, descriptor and size. It returns how many bytes are written if not all, and what it raises as OSError
    is the error of the call. A fork goes on with it.
    """
    register = getattr(ctypes.CDLL(None), "optbench_register", None)
    if register is None:
        yield False
        return
    callback = _CALLBACK(lambda kind, descriptor, size: _answer(called, kind, descriptor, size))

    def unregister() -> None:
        register(None)

    def register_again() -> None:
        if active:
            register(callback)

    active = [True]
    register(callback)
    atexit.register(unregister)  # no callback may come after the interpreter has ended
    os.register_at_fork(after_in_child=register_again)
    try:
        yield True
    finally:
        active.clear()
        unregister()
        atexit.unregister(unregister)


def _answer(called: Called, kind: int, descriptor: int, size: int) -> int:
    try:
        return called(KINDS[kind], descriptor, size) or 0
    except OSError as error:
        return -(error.errno or 5)


def _caches() -> Iterator[Path]:
    """Yield folders for the library: that of the user, and where that cannot be written, a temporary one."""
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pytest-optbench"
    yield Path(tempfile.gettempdir()) / f"pytest-optbench-{os.getuid()}"


def _compile(compiler: str, path: Path) -> bool:
    """Compile into a private file, and put it in its place at once: another process may do the same."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_uid != os.getuid():
            return False  # somebody else could replace what is loaded
        with tempfile.TemporaryDirectory(dir=path.parent) as place:
            made = Path(place, "made.so")
            command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(made), str(SOURCE), "-ldl"]
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - the C compiler
            if done.returncode == 0:
                made.replace(path)
            return done.returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
