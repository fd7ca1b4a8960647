"""Kinds of artifacts: how each becomes bytes, and comes back.

A kind is chosen by what is captured, or named: `json`, `numpy` (one array: npy; a dict of arrays: npz), `text`,
`file` (bytes as they are), and `pickle`, only on request on both ways, since reading a pickle runs its code.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from typing import IO, Any

from pytest_optbench.errors import InvalidInputError, UnknownNameError

from .npz import Chunk, npy_chunks, npz_chunks, read_npz
from .strictjson import dumps, loads

KINDS = ("json", "numpy", "text", "file", "pickle")
FORBIDDEN = "/\0"  # in the keys of an npz, which are names of members


def kind_of(value: Any) -> str:
    """The kind that suits a value."""
    if _is_array(value) or _is_dict_of_arrays(value):
        return "numpy"
    if isinstance(value, str):
        return "text"
    return "file" if isinstance(value, bytes | bytearray | memoryview) else "json"


def to_chunks(value: Any, kind: str, where: str) -> tuple[str, Iterable[Chunk]]:
    """The suffix of the file, and its bytes piece by piece.

    Raises:
        UnknownNameError: no such kind.
        InvalidInputError: a value that this kind cannot keep faithfully; the message begins with `where`.
    """
    if kind == "numpy":
        return _numpy_chunks(value, where)
    if kind == "json":
        return ".json", (dumps(value, where).encode("ascii"),)
    if kind == "text":
        return ".txt", (_text_bytes(value, where),)
    if kind == "file":
        return ".bin", (_file_bytes(value, where),)
    if kind == "pickle":
        return ".pkl", (_pickled(value, where),)
    raise UnknownNameError(f"{where}: kind", kind, KINDS)


def load(kind: str, file: IO[bytes], suffix: str, *, allow_pickle: bool) -> Any:
    """Read a value back.

    Raises:
        InvalidInputError: a pickle, without `allow_pickle`.
        ValueError: bytes that are not of this kind.
    """
    if kind == "numpy":
        return read_npz(file) if suffix == ".npz" else _read_npy(file)
    if kind == "json":
        return loads(file.read())
    if kind == "text":
        return file.read().decode("utf-8", "surrogatepass")
    if kind == "pickle":
        if not allow_pickle:
            raise InvalidInputError("this artifact is a pickle, which runs code when read: pass allow_pickle=True")
        return pickle.load(file)  # noqa: S301 - asked for
    return file.read()


def _numpy_chunks(value: Any, where: str) -> tuple[str, Iterable[Chunk]]:
    if isinstance(value, Mapping):
        arrays = {_member(name, where): _array(part, f"{where}[{name!r}]") for name, part in value.items()}
        return ".npz", npz_chunks(arrays, where)
    return ".npy", npy_chunks(_array(value, where), where)


def _array(value: Any, where: str) -> Any:
    import numpy as np

    array = np.asanyarray(value)
    if isinstance(array, np.ma.MaskedArray):
        raise InvalidInputError(f"{where} is a masked array, whose mask no numpy file holds: keep data and mask as two")
    return array


def _member(name: Any, where: str) -> str:
    if not isinstance(name, str) or any(letter in name for letter in FORBIDDEN):
        raise InvalidInputError(f"{where} has a key {name!r}: arrays are kept under text without '/' and NUL")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidInputError(f"{where} has a key {name!r} with half a surrogate pair: it is no text") from None
    return name


def _read_npy(file: IO[bytes]) -> Any:
    from numpy.lib import format as npy

    return npy.read_array(file, allow_pickle=False)


def _text_bytes(value: Any, where: str) -> bytes:
    if not isinstance(value, str):
        raise InvalidInputError(f"{where} is a {type(value).__name__}: kind 'text' keeps a str")
    return value.encode("utf-8", "surrogatepass")


def _file_bytes(value: Any, where: str) -> bytes:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise InvalidInputError(f"{where} is a {type(value).__name__}: kind 'file' keeps bytes")
    return bytes(value)


def _pickled(value: Any, where: str) -> bytes:
    try:
        return pickle.dumps(value, protocol=5)
    except Exception as error:
        raise InvalidInputError(f"{where} cannot be pickled: {error}") from error


def _is_array(value: Any) -> bool:
    return hasattr(value, "dtype") and hasattr(value, "__array__")


def _is_dict_of_arrays(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(map(_is_array, value.values()))
