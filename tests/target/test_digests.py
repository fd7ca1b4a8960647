"""Digests: equal for what is the same after a store gave it back, different for all else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.target import digest

ARRAY = np.arange(6, dtype=np.float64)

SAME = [
    ((1, [2, 3]), [1, (2, 3)]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (np.float64(1.5), 1.5),
    (np.int32(3), 3),
    (np.array(2.5), 2.5),
    (float("nan"), -float("nan")),
    ("text", b"text"),
    (b"bytes", bytearray(b"bytes")),
    (ARRAY.reshape(2, 3), np.asfortranarray(ARRAY.reshape(2, 3))),
    (ARRAY[::2], ARRAY[::2].copy()),
    ({"x": ARRAY}, {"x": ARRAY.copy()}),
]
DIFFERENT = [
    1, 1.0, True, "1", None, "None", 0, 0.0, -0.0, False, [], {}, "", [1], [[1]], [1, 1], {1: 1}, {"1": 1},
    [1, [2]], [[1], 2], ["ab"], ["a", "b"], ["1"], float("inf"), 2**64, ARRAY, ARRAY.astype(np.float32),
    ARRAY.astype(">f8"), ARRAY.reshape(2, 3), ARRAY.reshape(3, 2), ARRAY[::-1], ARRAY.tolist(), ARRAY[:0],
    {"x": ARRAY}, {"y": ARRAY}, {"x": ARRAY, "y": ARRAY}, [ARRAY], np.array(["a"]),
    np.array(["a"], dtype=object),
]  # fmt: skip

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(("one", "other"), SAME, ids=str)
def test_the_same_has_the_same_digest(one: Any, other: Any) -> None:
    assert digest(one) == digest(other)


def test_different_values_have_different_digests() -> None:
    assert len({digest(value) for value in DIFFERENT}) == len(DIFFERENT)


def test_a_file_counts_as_its_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000  # more than one piece
    (tmp_path / "file").write_bytes(content)
    assert digest(tmp_path / "file") == digest(content)


def test_one_changed_element_of_a_large_array_changes_the_digest() -> None:
    array = np.zeros(300_000)
    changed = array.copy()
    changed[-1] = 1e-300
    assert digest(array) != digest(changed)


def test_structured_and_time_arrays_have_digests() -> None:
    times = np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]")
    pairs = np.array([(1, 2.0)], dtype=[("a", int), ("b", float)])
    assert digest(times) != digest(times.astype("datetime64[s]"))
    assert digest(pairs) != digest(pairs.astype([("a", int), ("c", float)]))


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j, [object()], {"k": print}])
def test_other_types_are_refused_by_name(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="has no digest"):
        digest(value)


@given(VALUES, VALUES)
def test_equal_digests_mean_equal_values(one: Any, other: Any) -> None:
    if digest(one) == digest(other) and not isinstance(one, str | bytes):
        assert repr(one) == repr(other)


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_a_digest_is_the_same_in_every_process(hash_seed: str) -> None:
    code = "from pytest_optbench.target import digest; print(digest({'b': [1, 2.5], 'a': 'x'}))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == digest({"a": "x", "b": [1, 2.5]})
