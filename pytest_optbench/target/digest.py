"""The digest of a value that a run produced, which is equal before its capture and after it is read back.

The digest of an array covers dtype, shape and bytes; that of JSON-like values and dicts of arrays their structure.
A tuple equals a list (JSON has one kind of sequence), a numpy scalar equals its Python number, a NaN equals any
NaN, and a text or a file equals the bytes it is stored as. All other values that differ have different digests:
`1`, `1.0`, `True` and `"1"`, `0.0` and `-0.0`, `{1: ...}` and `{"1": ...}`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from pytest_optbench.errors import InvalidInputError

_CHUNK = 1 << 20


class _Hash(Protocol):
    def update(self, data: Any, /) -> None: ...


def digest(value: Any) -> str:
    """Return the digest of a value: 32 hexadecimal digits, equal in every process.

    Args:
        value: arrays, mappings and sequences of values, text, bytes, numbers, None, or a `Path`, which stands for the
            content of its file.

    Raises:
        InvalidInputError: the value is of another type.
    """
    hasher = hashlib.blake2b(digest_size=16)
    if isinstance(value, Path):
        _feed_file(hasher, value)
    else:
        _feed(hasher, value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)
    return hasher.hexdigest()


def _feed(hasher: _Hash, value: Any) -> None:
    if hasattr(value, "dtype") and hasattr(value, "shape") and value.shape != ():
        _feed_array(hasher, value)
    elif isinstance(value, Mapping):
        _feed_mapping(hasher, value)
    elif isinstance(value, list | tuple):
        _feed_all(hasher, b"[%d:" % len(value), value)
    elif isinstance(value, bytes | bytearray | memoryview):
        _feed_bytes(hasher, b"b", bytes(value))
    else:
        _feed_scalar(hasher, value)


def _feed_scalar(hasher: _Hash, value: Any) -> None:
    if hasattr(value, "dtype") and hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, bool):
        hasher.update(repr(value).encode())
    elif isinstance(value, int):
        _feed_bytes(hasher, b"i", hex(value).encode())
    elif isinstance(value, float):
        _feed_bytes(hasher, b"f", b"nan" if math.isnan(value) else value.hex().encode())
    elif isinstance(value, str):
        _feed_bytes(hasher, b"s", value.encode("utf-8", "surrogatepass"))
    else:
        raise InvalidInputError(
            f"a {type(value).__name__} has no digest: give arrays, text, bytes, numbers, or dicts and lists of them"
        )


def _feed_array(hasher: _Hash, array: Any) -> None:
    """Hash an array of one dimension or more; a contiguous one is not copied."""
    _feed_bytes(hasher, b"a", f"{_kind(array.dtype)}{tuple(array.shape)}".encode())
    if array.dtype.hasobject:
        _feed(hasher, array.tolist())
        return
    for row in _rows(array):
        hasher.update(row)


def _rows(array: Any) -> Iterable[bytes]:
    """Yield the bytes of an array in C order, about a megabyte at a time."""
    if array.size == 0:
        return
    flat = array.reshape(-1)
    step = max(1, _CHUNK // max(1, array.dtype.itemsize))
    for start in range(0, flat.shape[0], step):
        yield flat[start : start + step].tobytes()


def _kind(dtype: Any) -> str:
    return repr(dtype.descr) if dtype.names else str(dtype.str)


def _feed_mapping(hasher: _Hash, mapping: Mapping[Any, Any]) -> None:
    """Hash the items in the order of the digests of their keys, so that their own order does not matter."""
    hasher.update(b"{%d:" % len(mapping))
    for key_digest, item in sorted(((_key_digest(key), item) for key, item in mapping.items()), key=_first):
        hasher.update(key_digest)
        _feed(hasher, item)


def _key_digest(key: Any) -> bytes:
    hasher = hashlib.blake2b(digest_size=16)
    _feed(hasher, key)
    return hasher.digest()


def _first(pair: tuple[bytes, Any]) -> bytes:
    return pair[0]


def _feed_all(hasher: _Hash, head: bytes, values: Iterable[Any]) -> None:
    hasher.update(head)
    for value in values:
        _feed(hasher, value)


def _feed_bytes(hasher: _Hash, tag: bytes, content: bytes) -> None:
    hasher.update(b"%s%d:" % (tag, len(content)))
    hasher.update(content)


def _feed_file(hasher: _Hash, path: Path) -> None:
    """Hash a file as its bytes would be, without holding all of them in memory."""
    hasher.update(b"b%d:" % path.stat().st_size)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
