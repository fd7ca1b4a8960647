"""`resume="verify"` finds a success whose files were damaged, names the file, and does that run again, and no other."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import ExperimentStore, FileStore, open_store
from pytest_optbench.errors import InvalidInputError, SweepError

SECONDS = 60.0  # against a hang


@metalab.operation
def captures_all(params, capture):
    capture.metric("n", params["n"])
    capture.metric("loss", 0.5, step=params["n"])
    capture.artifact("both", {"n": params["n"]})
    capture.data("table", [params["n"]])
    capture.log("a line")


def swap_with(path: Path) -> None:
    other = next(one for one in path.parents[2].rglob(path.name) if one != path)
    path.write_bytes(other.read_bytes())


DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "another's": swap_with,
    "missing": Path.unlink,
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}
FILES = ("both.json", "log.txt", "series.npz", "table.json")


def sweep(root: Path, resume: Any = "verify", executor: Any = None) -> Any:
    return metalab.run(experiment(captures_all, 3), store=root, resume=resume, executor=executor)


def damaged(root: Path, file: str, damage: str) -> Path:
    assert len(sweep(root).result(SECONDS)) == 3
    victim = sorted(root.rglob(file))[1]
    DAMAGES[damage](victim)
    return victim


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_named_and_its_run_done_again(tmp_path: Path, file: str, damage: str) -> None:
    victim = damaged(tmp_path, file, damage)
    before = {path: path.stat().st_ino for path in tmp_path.rglob("record.json")}
    handle = sweep(tmp_path)
    results = handle.result(SECONDS)
    assert [run.status for run in results] == ["success"] * 3
    assert (handle.status.completed, handle.status.skipped) == (1, 2)
    assert any(str(victim) in problem for problem in handle.problems)
    assert isinstance(handle.store, ExperimentStore)
    assert handle.store.check() == []
    assert [path for path, inode in before.items() if path.stat().st_ino != inode] == [victim.parent / "record.json"]
    assert len(list(tmp_path.rglob(f"quarantine/{victim.parent.name}.*"))) == 1
    [again] = [run for run in results if run.run_id == victim.parent.name]
    assert str(victim) in again.record.warnings[0]


def test_in_every_executor(tmp_path: Path, executor: Any) -> None:
    victim = damaged(tmp_path, "both.json", "emptied")
    handle = sweep(tmp_path, executor=executor)
    handle.result(SECONDS)
    assert (handle.status.completed, handle.status.skipped) == (1, 2)
    assert victim.stat().st_size


def test_by_default_it_is_passed_over(tmp_path: Path) -> None:
    damaged(tmp_path, "both.json", "emptied")
    handle = sweep(tmp_path, resume=True)
    handle.result(SECONDS)
    assert (handle.status.completed, handle.status.skipped) == (0, 3)


def test_a_file_that_cannot_be_read_is_named_and_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(sweep(tmp_path).result(SECONDS)) == 3
    opened = os.open
    victim = sorted(tmp_path.rglob("both.json"))[1]

    def refuse(path: Any, flags: int, *more: Any, dir_fd: int | None = None) -> int:
        place = "" if dir_fd is None else str(Path(f"/proc/self/fd/{dir_fd}").readlink())
        if f"{place}/{os.fspath(path)}" == str(victim):
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        return opened(path, flags, *more, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SweepError, match=rf"cannot verify.*(?s:.*){victim.name}"):
        sweep(tmp_path).result(SECONDS)
    monkeypatch.undo()
    assert len(sweep(tmp_path).result(SECONDS).successful) == 3
    assert not list(tmp_path.rglob("quarantine"))


def test_what_cannot_be_told_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="True, False or 'verify'"):
        sweep(tmp_path, resume="all")

    class Plain:
        """A store that has no `verify`."""

        def __init__(self, store: Any) -> None:
            self._store = store

        def __getattr__(self, name: str) -> Any:
            if name == "verify":
                raise AttributeError(name)
            return getattr(self._store, name)

    store = open_store(FileStore(tmp_path), "sample:1")
    with pytest.raises(InvalidInputError, match="cannot tell which of its files are damaged"):
        sweep(Plain(store))  # type: ignore[arg-type]
    store.close()
