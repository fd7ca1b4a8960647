"""A claim excludes the living, threads and processes, and nobody else."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pytest_optbench.engine.store import FileStore
from pytest_optbench.errors import InvalidInputError

RUN = "0123456789abcdef" * 2
OTHER = "f" * 32
HOLD = """
import sys
from pytest_optbench.engine.store import FileStore
store = FileStore(sys.argv[1]).experiment("e:1")
assert store.claim(sys.argv[2])
store.draft(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path):
    store = FileStore(tmp_path).experiment("e:1")
    yield store
    store.close()


@pytest.fixture
def holder(tmp_path, store):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path), RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_claim_is_held_until_it_is_given_back(store, tmp_path):
    second = FileStore(tmp_path).experiment("e:1")
    assert store.claim(RUN)
    assert not store.claim(RUN)
    assert not second.claim(RUN)
    assert second.claim(OTHER)
    store.release(RUN)
    assert second.claim(RUN)
    second.close()


def test_another_process_holds_its_claim_and_its_draft(store, holder):
    assert not store.claim(RUN)
    store.finished()
    assert [one.name for one in Path(f"{store.path}/drafts").iterdir()] == [RUN]
    assert store.claim(OTHER)


def test_a_killed_holder_leaves_the_claim_free_and_its_draft_cleared(store, holder):
    assert not store.claim(RUN)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert store.finished() == set()
    assert [one.name for one in Path(f"{store.path}/drafts").iterdir()] == []
    assert store.claim(RUN)


def test_closing_frees_every_claim(store, tmp_path):
    assert store.claim(RUN)
    store.close()
    second = FileStore(tmp_path).experiment("e:1")
    assert second.claim(RUN)
    second.close()


def test_a_fork_does_not_keep_its_parents_claim(store, tmp_path):
    assert store.claim(RUN)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    try:
        store.release(RUN)
        second = FileStore(tmp_path).experiment("e:1")
        assert second.claim(RUN)
        second.close()
    finally:
        os.close(writer)
        os.waitpid(child, 0)


def test_the_lock_file_does_not_grow_and_stays_the_same_file(store):
    assert store.claim(RUN)
    lock = Path(f"{store.path}/claims.lock")
    before = lock.stat()
    entries = sorted(path.name for path in Path(store.path).iterdir())
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(500):
        assert store.claim(run_id(number))
        store.release(run_id(number))
    after = lock.stat()
    assert (after.st_ino, after.st_size, after.st_blocks) == (before.st_ino, 0, 0)
    assert sorted(path.name for path in Path(store.path).iterdir()) == entries
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


def test_only_who_holds_the_claim_may_write(store):
    with pytest.raises(InvalidInputError, match="not claimed"):
        store.draft(RUN)


def test_threads_of_one_process_exclude_each_other(store):
    together = threading.Barrier(8)
    got = []

    def take():
        together.wait()
        got.extend(number for number in range(64) if store.claim(run_id(number)))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(64))


def test_housekeeping_of_others_refuses_nobody_a_free_run(store, tmp_path):
    """Clearing up takes claims for a moment; whoever is refused one then asks again when it is over."""
    other = FileStore(tmp_path).experiment("e:1")
    asking, taken = threading.Event(), []

    def ask():
        asking.set()
        taken.append(store.claim(RUN))

    assert store.claim(OTHER)  # the folder is made
    thread = threading.Thread(target=ask)
    with other.claims.housekeeping():
        assert other.claims.try_acquire(RUN)
        thread.start()
        asking.wait()
        time.sleep(0.05)  # it is refused by now, most likely, and waits; the outcome is the same if not
        other.claims.release(RUN)
    thread.join()
    assert taken == [True]
    other.close()


def run_id(number):
    """Ids of runs whose bytes in the lock file differ."""
    return f"{number:04x}" + "0" * 28
