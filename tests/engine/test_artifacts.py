"""Every kind of artifact comes back equal, by type, dtype, shape and order."""

import io
import pickle

import numpy as np
import pytest

from pytest_optbench.engine.encoding import artifacts
from pytest_optbench.errors import InvalidInputError

ARRAYS = [
    np.arange(6.0).reshape(2, 3), np.arange(6).reshape(2, 3).T, np.arange(20)[::3], np.array(3.5), np.zeros((0, 4)),
    np.array(["a", "\u00e9"]), np.array([b"x"]), np.array([1 + 2j]), np.array(["2026-01-01"], "M8[D]"),
    np.array([True]), np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", ">f8")]), np.arange(4, dtype=">i2"),
    np.broadcast_to(np.float32(1), (3, 2)), np.arange(300_000.0)[::-1], np.float16(0.5),
]  # fmt: skip


def through(value, kind=None, allow_pickle=False):
    chosen = kind or artifacts.kind_of(value)
    _, chunks = artifacts.to_chunks(value, chosen, "artifact 'a'")
    return artifacts.load(chosen, io.BytesIO(b"".join(chunks)), allow_pickle=allow_pickle)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_an_array_comes_back(array):
    back = through(array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_arrays_come_back_by_key_and_numpy_reads_them(array):
    keys = ["k.npy", "\u00e9", "", "a/b", "../a"]
    _, chunks = artifacts.to_chunks(dict.fromkeys(keys, array), "numpy", "w")
    data = b"".join(chunks)
    back = artifacts.load("numpy", io.BytesIO(data), allow_pickle=False)
    assert list(back) == keys
    np.testing.assert_array_equal(back["\u00e9"], array)
    with np.load(io.BytesIO(data)) as read:
        np.testing.assert_array_equal(read["\u00e9"], array)


@pytest.mark.parametrize("value", ["", "caf\u00e9\r\n\0", "\ud800", {"a": (1, 2)}, [], {}, None, b"raw", b"", 2**70])
def test_plain_values_come_back(value):
    back = through(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("key", ["n\0l", 3, "\ud800", None])
def test_keys_that_an_npz_cannot_carry_are_refused(key):
    with pytest.raises(InvalidInputError, match="artifact 'a'"):
        through({key: np.zeros(1)}, "numpy")


@pytest.mark.parametrize("value", [np.array([object()]), np.array([{}, []], dtype=object)])
def test_arrays_of_objects_are_refused_by_name(value):
    with pytest.raises(InvalidInputError, match="artifact 'a'"):
        through(value)


def test_a_masked_array_is_not_kept_without_its_mask():
    with pytest.raises(InvalidInputError, match="artifact 'a'"):
        through(np.ma.array([1, 2], mask=[0, 1]))


@pytest.mark.parametrize("value", [3, 3.5, [1], None, {}])
def test_bytes_are_what_the_kind_file_keeps(value):
    with pytest.raises(InvalidInputError, match="artifact 'a'"):
        through(value, "file")


def test_pickle_only_on_request():
    assert through({1: object}, "pickle", allow_pickle=True) == {1: object}
    with pytest.raises(InvalidInputError, match="allow_pickle"):
        through(1, "pickle")
    with pytest.raises(InvalidInputError, match="artifact 'a'"):
        through(lambda: 0)
    with pytest.raises(InvalidInputError, match="artifact 'a'"):
        through(lambda: 0, "pickle")
    assert pickle.dumps(1)
