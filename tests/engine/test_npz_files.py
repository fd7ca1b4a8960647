"""npy and npz files: numpy reads them equal, equal arrays give equal bytes, and no array is copied to be written."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from pytest_optbench.engine.encoding import npz
from pytest_optbench.engine.encoding.npz import npy_chunks, npz_chunks, read_npz
from pytest_optbench.errors import InvalidInputError

DTYPES = [
    "?",
    "<i1",
    "<i8",
    ">u4",
    "<f2",
    "<f4",
    ">f8",
    "<c16",
    "<U3",
    "|S3",
    "<M8[s]",
    "<m8[ns]",
    [("a", "<i2"), ("b", "<f8", (2,))],
]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: npst.arrays(np.dtype(dtype), npst.array_shapes(min_dims=0, min_side=0, max_side=4))
)
KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)


def same(one: Any, two: Any) -> bool:
    return bool((one.dtype, one.shape, one.tobytes()) == (two.dtype, two.shape, two.tobytes()))


@given(ARRAYS, st.booleans())
def test_numpy_reads_an_npy_file_equal(array: Any, turned: bool) -> None:
    array = array.T if turned else array
    assert same(np.load(io.BytesIO(b"".join(npy_chunks(array, "w"))), allow_pickle=False), array)


@given(st.dictionaries(KEYS, ARRAYS, max_size=4))
def test_the_arrays_of_an_npz_come_back_by_their_keys_in_order(arrays: dict[str, Any]) -> None:
    data = b"".join(npz_chunks(arrays, "w"))
    back = read_npz(io.BytesIO(data))
    assert list(back) == list(arrays)
    assert all(same(back[key], array) for key, array in arrays.items())
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        assert members.testzip() is None


def test_numpy_reads_an_npz_file() -> None:
    arrays = {"x": np.arange(3.0), "layer/weights": np.eye(2), "\u00e9": np.zeros((0, 3))}
    with np.load(io.BytesIO(b"".join(npz_chunks(arrays, "w")))) as read:
        assert sorted(read) == sorted(arrays)
        assert all(same(read[key], array) for key, array in arrays.items())


def test_an_unzip_program_reads_an_npz_file(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    file.write_bytes(b"".join(npz_chunks({"x": np.arange(1000.0), "y": np.eye(2)}, "w")))
    done = subprocess.run(
        [sys.executable, "-m", "zipfile", "-t", str(file)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "Done testing")


def test_equal_arrays_give_equal_bytes() -> None:
    one, two = np.arange(10.0), np.arange(20.0)[:10]
    assert b"".join(npz_chunks({"x": one}, "w")) == b"".join(npz_chunks({"x": two}, "w"))


LAYOUTS = {
    "contiguous": lambda array: array,
    "fortran": lambda array: array.T,
    "strided": lambda array: array[::2, ::2],
    "reversed": lambda array: array[::-1],
    "broadcast": lambda array: np.broadcast_to(array[0], array.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "chunks", [npy_chunks, lambda array, where: npz_chunks({"x": array}, where)], ids=["npy", "npz"]
)
def test_an_array_is_streamed_without_a_copy(layout: str, chunks: Any) -> None:
    array = LAYOUTS[layout](np.ones((2000, 1000)))  # 16 MB
    tracemalloc.start()
    try:
        written = sum(map(len, chunks(array, "w")))
        assert tracemalloc.get_traced_memory()[1] < 4_000_000  # bytes: a few pieces of one MB
    finally:
        tracemalloc.stop()
    assert array.nbytes < written < array.nbytes + 1000


@pytest.mark.parametrize("array", [np.array([print]), np.array([{}, None]), np.zeros(1, [("a", "i4"), ("b", "O")])])
def test_what_only_pickle_could_hold_is_refused_by_name(array: Any) -> None:
    with pytest.raises(InvalidInputError, match="artifact 'a'"):
        list(npy_chunks(array, "artifact 'a'"))
    with pytest.raises(InvalidInputError, match=r"artifact 'a'\['k'\]"):
        list(npz_chunks({"k": array}, "artifact 'a'"))


@pytest.mark.parametrize("cut", [0, 10, 100, -1, -30])
def test_a_torn_file_is_a_value_error(cut: int) -> None:
    data = b"".join(npz_chunks({"x": np.arange(100.0)}, "w"))
    with pytest.raises(ValueError):  # noqa: PT011 - of any message
        read_npz(io.BytesIO(data[:cut]))


def test_a_pickled_array_in_a_foreign_npz_is_not_loaded() -> None:
    foreign = io.BytesIO()
    np.savez(foreign, x=np.array([print], dtype=object))
    foreign.seek(0)
    with pytest.raises(ValueError, match="allow_pickle"):
        read_npz(foreign)


def test_sizes_past_4_gb_are_written_in_64_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "_LARGE", 1000)  # as if a member of 1000 bytes were too large for 32 bits
    arrays = {"small": np.arange(3.0), "large": np.arange(1000.0), "last": np.arange(3.0)}
    data = b"".join(npz_chunks(arrays, "w"))
    monkeypatch.undo()
    back = read_npz(io.BytesIO(data))
    assert all(same(back[key], array) for key, array in arrays.items())


def test_more_members_than_16_bits_count(tmp_path: Path) -> None:
    one = np.zeros(())
    data = b"".join(npz_chunks({f"{number}": one for number in range(70_000)}, "w"))
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        assert len(members.infolist()) == 70_000
