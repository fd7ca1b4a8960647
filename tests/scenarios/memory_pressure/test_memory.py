"""Memory, judged on hand-written figures and records."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_optbench.target import StoredArtifact, StoredRun
from scenarios.memory_pressure.memory import (
    MOST_COPIES,
    MOST_GROWTH,
    MOST_LEFT,
    NOISE,
    growth_message,
    lack_message,
    peak_message,
    rest_message,
)

MIB = 1 << 20


def run(status: str = "success", error: Any = None, problem: str | None = None, *, kept: bool = True) -> StoredRun:
    artifacts = {"blob": StoredArtifact("numpy", 1, None if problem else "digest", problem)} if kept else {}
    return StoredRun("run-1", status, {}, artifacts=artifacts, error=error)


def test_a_few_copies_follow_the_artifact_and_many_do_not() -> None:
    most = int(MOST_COPIES * 16 * MIB) + NOISE
    assert peak_message(most, 16 * MIB) == ""
    assert peak_message(most + 1, 16 * MIB).endswith("for 16,777,216 bytes of artifacts at once, 2.6 times as many")


def test_a_longer_sweep_may_not_take_much_more() -> None:
    most = int(MOST_GROWTH * 8 * MIB)
    assert growth_message(2, 8 * MIB, 16, most) == ""
    assert growth_message(2, 8 * MIB, 16, most + 1)
    assert "8,388,608 bytes for 2 runs and 67,108,864 bytes for 16 runs" in growth_message(2, 8 * MIB, 16, 64 * MIB)


def test_an_artifact_that_is_left_is_told_and_a_table_is_not() -> None:
    most = int(MOST_LEFT * 4 * MIB)
    assert rest_message(most, [4 * MIB] * 3) == ""
    assert rest_message(most + 1, [4 * MIB] * 3)
    assert rest_message(4 * MIB, [4 * MIB] * 3) == (
        "4,194,304 bytes are left after a sweep of 3 artifacts of 4,194,304 bytes"
    )


@pytest.mark.parametrize(
    "stored",
    [
        run(),
        run("failed", {"type": "MemoryError", "message": ""}, kept=False),
        run("failed", {"type": "X", "message": "Unable to allocate 1. GiB"}, kept=False),
    ],
)
def test_stored_whole_or_failed_for_lack_is_right(stored: StoredRun) -> None:
    assert lack_message(stored) == ""


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (None, "it is not in the store"),
        (run(kept=False), "it is a success without its artifact"),
        (run(problem="torn"), "artifact 'blob': torn"),
        (run("running"), "it is stored as running"),
        (
            run("failed", {"type": "KeyError", "message": "'x'"}),
            "its error does not say that memory lacked: \"KeyError 'x'\"",
        ),
        (StoredRun("run-1", "success", {}, problems=("a list cannot be read",)), "a list cannot be read"),
    ],
)
def test_everything_else_is_told(stored: StoredRun | None, told: str) -> None:
    assert lack_message(stored) == told
