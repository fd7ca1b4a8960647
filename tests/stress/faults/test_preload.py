"""With the preloaded library calls of C code are events too, and those of Python the same as without it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import fault_tasks
import pytest
from fault_folders import Folders

from pytest_optbench.stress.faults import preload
from pytest_optbench.stress.faults.fault import Fault

needs_compiler = pytest.mark.skipif(preload.library() is None, reason="there is no C compiler")


def _clear(folders: Folders) -> None:
    for place in (folders.inside, folders.outside):
        shutil.rmtree(place)
        place.mkdir()


def kinds(events: list[str], name: str) -> Counter[str]:
    return Counter(event.split(" ")[0] for event in events if event.endswith(name))


@needs_compiler
def test_sees_what_c_code_writes(folders: Folders) -> None:
    ended = folders.run(fault_tasks.from_c, str(folders.inside), environment=preload.preloaded())
    assert ended.value == "", ended.traceback
    (events,) = folders.events
    assert kinds(events, " array")["write"] >= 1
    assert kinds(events, " base")["write"] >= 2
    assert kinds(events, " base")["fsync"] >= 1
    assert kinds(events, " base-journal")["write"] >= 1
    _clear(folders)
    assert folders.run(fault_tasks.from_c, str(folders.inside)).value == ""
    (fewer,) = folders.events
    assert kinds(fewer, " base")["write"] == 0


@needs_compiler
@pytest.mark.parametrize("code", ["ENOSPC", "EIO"])
def test_calls_of_c_code_fail(folders: Folders, code: str) -> None:
    folders.run(fault_tasks.from_c, str(folders.inside), environment=preload.preloaded())
    (events,) = folders.events
    _clear(folders)
    fault = Fault("error", events.index("write base"), code=code)
    ended = folders.run(fault_tasks.from_c, str(folders.inside), fault=fault, environment=preload.preloaded())
    assert ended.value.startswith("base: ")
    assert folders.hit is not None
    assert folders.hit.event.path == "base"


@needs_compiler
def test_events_of_python_are_those_that_wrapped_functions_see(folders: Folders) -> None:
    seen = []
    for environment in ({}, preload.preloaded()):
        ended = folders.run(
            fault_tasks.by_descriptors, str(folders.inside), str(folders.outside), environment=environment
        )
        ended.value_or_raise()
        more = folders.run(fault_tasks.write_thrice, str(folders.inside), environment=environment)
        assert more.value == ["", "", ""]
        seen.append(folders.events)
        workers = folders.run(
            fault_tasks.in_workers, str(folders.inside / "0").removesuffix("0"), environment=environment
        )
        assert workers.value == [0, 0]
        seen[-1] += folders.events
        _clear(folders)
    assert seen[0] == seen[1]


@needs_compiler
def test_half_and_torn_writes(folders: Folders) -> None:
    environment = preload.preloaded()
    fault = Fault("half-write", 1, code="ENOSPC")
    half = folders.run(fault_tasks.write_raw, str(folders.inside), fault=fault, environment=environment)
    assert half.error is not None
    assert (folders.inside / "raw").read_bytes() == b"01234"
    (folders.inside / "raw").unlink()
    torn = folders.run(
        fault_tasks.write_raw, str(folders.inside), fault=Fault("torn-write", 1), environment=environment
    )
    assert torn.signal == signal.SIGKILL
    assert (folders.inside / "raw").read_bytes() == b"01234"


@needs_compiler
def test_a_process_that_nobody_watches_is_not_affected() -> None:
    command = [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '--version'])"]
    done = subprocess.run(command, env={**preload.preloaded()}, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("Python")


def test_without_a_compiler_there_is_no_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(preload.tempfile, "gettempdir", lambda: str(tmp_path / "none"))
    preload.library.cache_clear()
    try:
        assert preload.library() is None
        assert preload.preloaded() == {}
    finally:
        preload.library.cache_clear()


@needs_compiler
def test_it_is_compiled_once_into_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    preload.library.cache_clear()
    try:
        first = preload.library()
        assert first is not None
        assert list((tmp_path / "pytest-optbench").iterdir()) == [first]
        preload.library.cache_clear()
        monkeypatch.setenv("PATH", "")
        assert preload.library() == first
    finally:
        preload.library.cache_clear()
