"""Kinds of artifacts: how each becomes bytes, and comes back equal.

A kind is chosen by what is captured, or named: `json`, `numpy` (an array: npy; a mapping of arrays: npz), `text`,
`file` and `image` (bytes as they are) and `pickle`. A pickle is written and read only on request, since reading one
runs its code.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any, Final

from pytest_optbench.errors import InvalidInputError, UnknownNameError

from .capture_names import checked_name
from .json_arrays import is_masked, is_numpy
from .loaded_numpy import loaded
from .npz import NPY_MAGIC, Chunk, npy_chunks, npz_chunks, read_npz
from .strict_json import dumps, loads

if TYPE_CHECKING:
    import numpy as np

KINDS: Final = ("json", "numpy", "text", "file", "image", "pickle")


def checked_kind(kind: str) -> str:
    """Return `kind` if there is such a kind; raises `UnknownNameError` listing them if not."""
    if kind not in KINDS:
        raise UnknownNameError("kind of artifact", kind, KINDS)
    return kind


def kind_of(value: object) -> str:
    """Return the kind that suits a value; never pickle."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, bytes | bytearray | memoryview):
        return "file"
    return "numpy" if _is_array(value) or _is_mapping_of_arrays(value) else "json"


def to_chunks(value: Any, kind: str, where: str) -> tuple[str, Iterable[Chunk]]:
    """Return the suffix of the file and its bytes, piece by piece; arrays and bytes are not copied.

    Raises:
        UnknownNameError: no such kind.
        InvalidInputError: a value that this kind cannot keep faithfully; the message begins with `where`.
    """
    match checked_kind(kind):
        case "numpy":
            return _numpy_chunks(value, where)
        case "json":
            return ".json", (dumps(value, where).encode("ascii"),)
        case "text":
            return ".txt", (_text(value, where),)
        case "file" | "image":
            return ".bin", (_memory(value, where),)
        case _:
            return ".pkl", (_pickled(value, where),)


def load(kind: str, file: IO[bytes], *, allow_pickle: bool) -> Any:
    """Return the value that a file of that kind holds.

    Raises:
        InvalidInputError: a pickle, without `allow_pickle`.
        ValueError: bytes that are not of this kind.
    """
    if kind == "pickle":
        if not allow_pickle:
            raise InvalidInputError("this artifact is a pickle, which runs code when read: pass allow_pickle=True")
        return pickle.load(file)  # noqa: S301 - asked for
    if kind == "numpy":
        return _read_numpy(file)
    data = file.read()
    if kind == "json":
        return loads(data)
    return data.decode("utf-8", "surrogatepass") if kind == "text" else data


def _numpy_chunks(value: Any, where: str) -> tuple[str, Iterable[Chunk]]:
    if isinstance(value, Mapping):
        arrays = {checked_key(key, where): _array(part, f"{where}[{key!r}]") for key, part in value.items()}
        return ".npz", npz_chunks(arrays, where)
    return ".npy", npy_chunks(_array(value, where), where)


def checked_key(key: object, where: str) -> str:
    """Return `key` if it can name an array in an npz; raises `InvalidInputError` naming it if not."""
    return "" if key == "" and isinstance(key, str) else checked_name(key, f"{where}: array")


def _array(value: Any, where: str) -> np.ndarray[Any, Any]:
    import numpy as np

    if is_masked(value):
        raise InvalidInputError(f"{where} is a masked array: capture its data and its mask")
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"{where} cannot be made an array: {error}") from error


def _read_numpy(file: IO[bytes]) -> Any:
    from numpy.lib import format as npy

    start = file.read(len(NPY_MAGIC))
    file.seek(0)
    return npy.read_array(file, allow_pickle=False) if start == NPY_MAGIC else read_npz(file)


def _text(value: Any, where: str) -> bytes:
    if not isinstance(value, str):
        raise InvalidInputError(f"{where} is a {type(value).__name__}: kind 'text' keeps a str")
    return value.encode("utf-8", "surrogatepass")


def _memory(value: Any, where: str) -> Chunk:
    if not isinstance(value, bytes | bytearray | memoryview):
        kind = type(value).__name__
        raise InvalidInputError(
            f"{where} is a {kind}: kind 'file' keeps bytes; use capture.file(name, path) for a file"
        )
    memory = memoryview(value)
    return memory.cast("B") if memory.c_contiguous else memory.tobytes()


def _pickled(value: Any, where: str) -> bytes:
    try:
        return pickle.dumps(value, protocol=5)
    except Exception as error:
        raise InvalidInputError(f"{where} cannot be pickled: {error}") from error


def _is_array(value: object) -> bool:
    numpy = loaded("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def _is_mapping_of_arrays(value: object) -> bool:
    """Return whether a mapping holds an array at least, and nothing but arrays and numpy scalars."""
    if not isinstance(value, Mapping):
        return False
    return all(map(is_numpy, value.values())) and any(map(_is_array, value.values()))
