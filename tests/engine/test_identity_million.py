"""Very many values: no two share an identity, and every interpreter gives them the same.

$OPTBENCH_IDENTITIES sets how many; 1000000 takes some minutes. Hypothesis draws some of them, about three in a hundred;
the others are pairs of these.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import values as kinds
from fingerprinting import combined
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

SCRIPT = Path(__file__).with_name("fingerprinting.py")
COUNT = int(os.environ.get("OPTBENCH_IDENTITIES", "10000"))
EXAMPLES = 20 + COUNT // 500


def drawn(examples: int) -> list[Any]:
    """Different values, drawn by Hypothesis: about ten from an example."""
    found: dict[Any, Any] = {kinds.told_apart(value): value for value in kinds.ALIKE}

    @settings(
        max_examples=examples, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(kinds.values(), min_size=10, max_size=40))
    def draw(many: list[Any]) -> None:
        found.update((kinds.told_apart(value), value) for value in many)

    draw()
    return list(found.values())


def fingerprints(parts: Path, out: Path, hash_seed: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(SCRIPT), str(parts), str(COUNT), str(out)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONHASHSEED": hash_seed})


def test_no_two_of_very_many_values_collide_and_interpreters_agree(tmp_path: Path) -> None:
    parts, outs = tmp_path / "parts", [tmp_path / "one", tmp_path / "two"]
    values = drawn(EXAMPLES)
    parts.write_bytes(pickle.dumps(values))
    children = [fingerprints(parts, out, seed) for out, seed in zip(outs, ("1", "4242"), strict=True)]
    assert [child.wait(3600) for child in children] == [0, 0]
    one, two = (np.fromfile(out, dtype="V16") for out in outs)
    assert len(one) == COUNT
    assert one.tobytes() == two.tobytes()
    assert len(set(one.tolist())) == COUNT


def test_the_values_made_of_different_parts_differ() -> None:
    """What the count above relies on, by the independent comparison."""
    values = list(combined(drawn(30)[:12]))
    assert len({kinds.told_apart(value) for value in values}) == len(values) > 1000
