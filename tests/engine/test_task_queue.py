"""The queue of runs between a parent and its workers."""

from __future__ import annotations

import contextlib
import os

import pytest
from sample_operations import open_files

from pytest_optbench.engine.executors.channel import LARGEST_PACKET, TaskQueue, TaskSource


def test_each_parcel_is_taken_once_and_nothing_is_taken_once_the_queue_has_ended() -> None:
    before = open_files()
    with contextlib.closing(TaskQueue()) as queue, contextlib.closing(TaskSource(os.dup(queue.descriptor))) as source:
        sent = [b"small", b"x" * (LARGEST_PACKET + 1), b"third", b"y" * (LARGEST_PACKET + 1)]
        assert all(queue.put(number, data) for number, data in enumerate(sent))
        assert [source.get(wait=True), source.get(wait=False)] == [(0, sent[0]), (1, sent[1])]
        queue.end()
        with pytest.raises(EOFError):
            source.get(wait=False)
    assert open_files() == before
