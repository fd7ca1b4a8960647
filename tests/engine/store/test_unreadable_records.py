"""A record that cannot be read now is no damaged record: it is named, stays where it is, and is not done again."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stored_runs import OTHER, RUN, put

from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import ExperimentStore, FileStore, record_scan
from pytest_optbench.errors import StoreError

RECORD = f"{RUN}/record.json"
CALLS: dict[str, Callable[[ExperimentStore], object]] = {
    "all": ExperimentStore.finished,
    "among": lambda store: store.finished_among([RUN, OTHER]),
    "one": lambda store: store.is_finished(RUN),
}


def refuse_record(code: int) -> Callable[..., int]:
    """Return an `os.open` that cannot open the record of `RUN`."""
    opened = os.open

    def refuse(path: Any, flags: int, *more: Any, dir_fd: int | None = None) -> int:
        place = "" if dir_fd is None else str(Path(f"/proc/self/fd/{dir_fd}").readlink())
        if f"{place}/{os.fspath(path)}".endswith(RECORD):
            raise OSError(code, os.strerror(code), path)
        return opened(path, flags, *more, dir_fd=dir_fd)

    return refuse


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES, errno.ESTALE])
@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILED])
@pytest.mark.parametrize("call", CALLS)
def test_it_is_named_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, status: Status, code: int
) -> None:
    store = FileStore(tmp_path).experiment("e:1")
    put(store, RUN, status)
    put(store, OTHER)
    monkeypatch.setattr(os, "open", refuse_record(code))
    with pytest.raises(StoreError, match=f"{os.strerror(code)}.*record.json") as raised:
        CALLS[call](store)
    assert RUN in str(raised.value)
    monkeypatch.undo()
    assert store.get_run_record(RUN).status is status
    assert not store.set_aside
    store.close()


def test_a_shard_that_cannot_be_opened_is_named_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path).experiment("e:1")
    put(store)
    opened = os.open

    def refuse(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags == record_scan.FOLDER and str(path).endswith(f"runs/{RUN[:2]}"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        return opened(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match=f"Input/output error.*runs/{RUN[:2]}"):
        store.finished()
    monkeypatch.undo()
    assert store.finished() == {RUN}
    store.close()


def test_a_manifest_that_cannot_be_opened_is_named_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path).experiment("e:1")
    put(store)
    manifest = Path(store.path, "store.json")
    before = manifest.stat().st_ino
    opened = os.open

    def refuse(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if str(path) == str(manifest):
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        return opened(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match=r"Input/output error.*store\.json"):
        store.set_up()
    monkeypatch.undo()
    assert manifest.stat().st_ino == before
    store.close()
