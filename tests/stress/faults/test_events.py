"""Every event of a process, of its threads and of its workers is seen before it happens, and nothing else is."""

from __future__ import annotations

from collections import Counter

import fault_tasks
import pytest
from fault_folders import Folders

from pytest_optbench.stress.faults.events import CHANGES, READS, Event
from pytest_optbench.stress.faults.fault import Fault

WITH_READS = Fault(kinds=(*CHANGES, *READS))


def test_sees_every_kind_of_event_below_the_folder_and_no_other(folders: Folders) -> None:
    ended = folders.run(fault_tasks.every_kind, str(folders.inside), str(folders.outside), fault=WITH_READS)
    assert ended.error is None, ended.traceback
    (events,) = folders.events
    counts = Counter(event.split(" ")[0] for event in events)
    assert set(counts) == {*CHANGES, *READS} - {"fsync"}
    singles = {"link", "symlink", "mkdir", "rmdir", "truncate", "chmod", "utime", "copyfile", "remove", "connect"}
    assert {kind for kind in singles if counts[kind] == 1} == singles
    assert (counts["rename"], counts["flock"], counts["unlock"], counts["list"]) == (2, 2, 1, 1)
    assert events[:4] == ["open a", "write a", "close a", "read a"]
    assert "rename d" in events


def test_resolves_names_relative_to_folders(folders: Folders) -> None:
    ended = folders.run(fault_tasks.by_descriptors, str(folders.inside), str(folders.outside))
    assert ended.error is None, ended.traceback
    assert folders.events == [
        [
            "mkdir below", "rmdir below", "open file", "close file", "fsync .", "utime relative", "open relative",
            "close relative", "rename moved", "remove moved",
        ]
    ]  # fmt: skip


def test_sees_every_thread_and_the_folder_behind_a_link(folders: Folders) -> None:
    link = folders.outside / "link"
    link.symlink_to(folders.inside)
    for watched in (folders.inside, link):
        ended = folders.run(fault_tasks.from_threads, str(folders.inside), 4, 50, folder=watched)
        assert ended.error is None, ended.traceback
        (events,) = folders.events
        assert Counter(event.split(" ")[0] for event in events) == {"open": 200, "close": 200}, watched


def test_counts_the_events_of_each_process(folders: Folders) -> None:
    assert folders.run(fault_tasks.in_workers, str(folders.inside)).value == [0, 0]
    assert folders.events == [
        ["mkdir here"],
        ["mkdir fork-1", "mkdir fork-2"],
        ["mkdir new-0", "mkdir new-1", "mkdir new-2"],
    ]


def test_a_watched_file_is_like_any_other(folders: Folders) -> None:
    watched = folders.run(fault_tasks.open_in_every_way, str(folders.inside))
    for path in folders.inside.iterdir():
        path.unlink()
    plain = folders.run(fault_tasks.open_in_every_way, str(folders.inside), folder=folders.outside)
    assert (watched.error, plain.error) == (None, None), watched.traceback
    assert watched.value == plain.value
    assert len(plain.value) == 11


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("e_1/runs/ab/abcdef0123456789abcdef0123456789/record.json", "e_*/runs/*/*/record.json"),
        ("e_1/runs/0123456789abcdef.json", "e_*/runs/*.json"),
        ("cafe/facade.json", "*/*.json"),
        ("drafts/12.tmp", "drafts/*.tmp"),
        ("record.json", "record.json"),
    ],
)
def test_files_of_one_kind_have_one_name(path: str, kind: str) -> None:
    assert Event("open", path).file_kind == kind
