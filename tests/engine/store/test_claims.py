"""A claim excludes the living, threads and processes, and nobody else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_optbench.engine.store import FileStore

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
