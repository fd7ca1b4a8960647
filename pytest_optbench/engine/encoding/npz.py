"""numpy's own file formats, streamed: `.npy` and uncompressed `.npz` as chunks of bytes, without copies of arrays.

The formats are those of `numpy.lib.format` and the ZIP application note (APPNOTE 6.3, stored members with a data
descriptor, ZIP64 where needed), so `numpy.load` reads every file. They are written here because `numpy.savez` costs
four times as much on small arrays and can neither hash what it writes nor stream arrays that are not contiguous
without a copy.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator, Mapping
from struct import pack
from typing import IO, TYPE_CHECKING, Any, Final

from pytest_optbench.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np

Chunk = bytes | memoryview
NPY_MAGIC: Final = b"\x93NUMPY"
HEADERS: Final = 256  # kept: the runs of a sweep store arrays of the same few shapes
_SIMPLE_KINDS: Final = "biufcmMSU"  # of dtypes that their text says whole
_SMALL: Final = 1 << 14  # bytes
_CHUNK: Final = 1 << 20  # bytes: hashed and written while still in the processor's cache
_ZIP64: Final = 0xFFFF_FFFF  # stands for a size or offset that is written in 64 bits elsewhere
_LARGE: Final = _ZIP64  # bytes: what is written in 64 bits
_STREAMED_UTF8: Final = 0x0808  # sizes follow the data; the name is UTF-8
_STAMP: Final = 0x0021_0000  # 1980-01-01: equal arrays give equal files


def npy_chunks(array: np.ndarray[Any, Any], where: str) -> Iterator[Chunk]:
    """Yield the bytes of the `.npy` file of `array`.

    Raises:
        InvalidInputError: the type of the array needs pickle.
    """
    yield _npy_header(array, where)
    yield from _data_chunks(array)


def npz_chunks(arrays: Mapping[str, np.ndarray[Any, Any]], where: str) -> Iterator[Chunk]:
    """Yield the bytes of the uncompressed `.npz` file of `arrays`, one member each under its key."""
    directory: list[bytes] = []
    offset = 0
    for key, array in arrays.items():
        name = f"{key}.npy".encode()
        header = _npy_header(array, f"{where}[{key!r}]")
        size = len(header) + array.nbytes
        local = _local_header(name, size)
        if array.nbytes <= _SMALL:
            body = b"".join((header, *_data_chunks(array)))
            checksum = zlib.crc32(body)
            descriptor = _descriptor(checksum, size)
            yield local + body + descriptor
        else:
            yield local + header
            checksum = zlib.crc32(header)
            for chunk in _data_chunks(array):
                checksum = zlib.crc32(chunk, checksum)
                yield chunk
            descriptor = _descriptor(checksum, size)
            yield descriptor
        directory.append(_directory_entry(name, checksum, size, offset))
        offset += len(local) + size + len(descriptor)
    yield b"".join(directory) + _end(len(directory), sum(map(len, directory)), offset)


def read_npz(file: IO[bytes]) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of an `.npz` file by their exact keys, in order.

    Raises:
        ValueError: the file is no such file.
    """
    import zipfile

    from numpy.lib import format as npy

    try:
        with zipfile.ZipFile(file) as members:
            arrays = {}
            for member in members.infolist():
                with members.open(member) as data:
                    arrays[member.filename.removesuffix(".npy")] = npy.read_array(data, allow_pickle=False)
            return arrays
    except zipfile.BadZipFile as error:
        raise ValueError(f"not an npz file: {error}") from None


def _npy_header(array: np.ndarray[Any, Any], where: str) -> bytes:
    fortran = array.flags.fnc
    if array.dtype.kind in _SIMPLE_KINDS:
        return _header_of(array.dtype.str, fortran, array.shape)
    return _made_header(_descr(array, where), fortran, array.shape)


@functools.lru_cache(HEADERS)
def _header_of(descr: str, fortran: bool, shape: tuple[int, ...]) -> bytes:
    return _made_header(descr, fortran, shape)


def _made_header(descr: object, fortran: bool, shape: tuple[int, ...]) -> bytes:
    text = f"{{'descr': {descr!r}, 'fortran_order': {fortran}, 'shape': {shape!r}, }}"
    body = text.encode()
    wide = len(body) > 60_000 or not text.isascii()
    start = 12 if wide else 10
    body += b" " * (-(start + len(body) + 1) % 64) + b"\n"
    return NPY_MAGIC + (pack("<BBI", 3, 0, len(body)) if wide else pack("<BBH", 1, 0, len(body))) + body


def _descr(array: np.ndarray[Any, Any], where: str) -> object:
    """Return the dtype as the format writes it, once it is certain to be read back as the same dtype."""
    dtype = array.dtype
    from numpy.lib import format as npy

    if not dtype.hasobject and dtype.kind == "V" and dtype.metadata is None:
        descr: Any = npy.dtype_to_descr(dtype)
        if npy.descr_to_dtype(descr) == dtype:
            return descr
    raise InvalidInputError(
        f"{where} has dtype {dtype}, which no numpy file can hold without pickle: convert it, or use kind='pickle'"
    )


def _data_chunks(array: np.ndarray[Any, Any]) -> Iterator[Chunk]:
    """Yield the array's memory in C order (Fortran order if it is laid out so), a piece at a time."""
    import numpy as np

    if array.nbytes <= _SMALL:
        if array.nbytes:
            yield array.tobytes("A")  # less than what the views below cost
        return
    if not array.flags.forc:
        buffered: Any = np.nditer(
            array,
            flags=["external_loop", "buffered", "zerosize_ok"],
            buffersize=max(_CHUNK // array.itemsize, 1),
            order="C",
        )
        for block in buffered:
            yield block.tobytes()
        return
    flat = (array if array.flags.c_contiguous else array.T).reshape(-1)
    octets: Any = np.asarray(flat).view(np.uint8)
    memory = memoryview(octets)
    for start in range(0, len(memory), _CHUNK):
        yield memory[start : start + _CHUNK]


def _local_header(name: bytes, size: int) -> bytes:
    # ZIP64 sizes in the header tell readers that the descriptor's sizes are 8 bytes wide
    extra = pack("<HHQQ", 1, 16, 0, 0) if size >= _LARGE else b""
    known = _ZIP64 if extra else 0
    fields = (0x04034B50, 45, _STREAMED_UTF8, 0, _STAMP, 0, known, known, len(name), len(extra))
    return pack("<IHHHIIIIHH", *fields) + name + extra


def _descriptor(checksum: int, size: int) -> bytes:
    return pack("<IIQQ" if size >= _LARGE else "<IIII", 0x08074B50, checksum, size, size)


def _directory_entry(name: bytes, checksum: int, size: int, offset: int) -> bytes:
    extra = pack("<HHQQQ", 1, 24, size, size, offset) if max(size, offset) >= _LARGE else b""
    if extra:
        size = offset = _ZIP64
    fields = (0x02014B50, 45, 45, _STREAMED_UTF8, 0, _STAMP, checksum, size, size, len(name), len(extra), 0, 0, 0, 0)
    return pack("<IHHHHIIIIHHHHHII", *fields, offset) + name + extra


def _end(count: int, length: int, offset: int) -> bytes:
    if count < 0xFFFF and length < _LARGE and offset < _LARGE:
        return pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, length, offset, 0)
    end64 = pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, length, offset)
    locator = pack("<IIQI", 0x07064B50, 0, offset + length, 1)
    return end64 + locator + pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, _ZIP64, _ZIP64, 0)
