"""Whenever a writer dies or the disk refuses, the store is sound: what was published is there, whole, and no more."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("crashing.py")
KILLS = 30


def told_by(*arguments: object) -> list[dict[str, Any]]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    seen: list[dict[str, Any]] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize(("durability", "stride"), [("process", 1), ("power", 3)])
def test_a_kill_at_any_file_system_call_harms_nothing(tmp_path: Path, durability: str, stride: int) -> None:
    seen = told_by("points", tmp_path, durability, stride)
    assert {death["signal"] for death in seen} == {signal.SIGKILL}
    assert [death["wrong"] for death in seen] == [[]] * len(seen)
    assert seen[0]["published"] == 0
    assert seen[-1]["published"] == 2  # by then both runs had been published once at least
    assert len(seen) > 40 / stride  # two attempts of five files each at two runs


def test_a_refusal_at_any_file_system_call_is_a_store_error_and_harms_nothing(tmp_path: Path) -> None:
    seen = told_by("faults", tmp_path, "process", 1)
    assert [fault["wrong"] for fault in seen] == [[]] * len(seen)
    refusals = [fault["refused"] for fault in seen if fault["refused"] is not None]
    assert all("No space left on device" in refusal for refusal in refusals)
    assert len(refusals) > 20  # the others were of no consequence, such as clearing up what will be cleared up later


def test_kills_at_random_moments_harm_nothing(tmp_path: Path) -> None:
    seen = told_by("moments", tmp_path, "process", KILLS)
    assert [death["signal"] for death in seen] == [signal.SIGKILL] * KILLS
    assert [death["wrong"] for death in seen] == [[]] * KILLS
    assert any(death["published"] for death in seen)


def test_a_store_that_is_not_careful_is_found_out(tmp_path: Path) -> None:
    found = [line for death in told_by("careless", tmp_path, "process", 1) for line in death["wrong"]]
    assert any("is lost" in line for line in found)
    assert any("is torn" in line for line in found)
