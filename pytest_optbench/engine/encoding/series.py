"""Stepped metrics: two columns for each name, 16 bytes a point in memory and on disk, in the order of capture.

A point is one append of 16 bytes, which threads of an operation may do at once without tearing steps from values.
"""

from __future__ import annotations

import contextlib
import math
import operator
import struct
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any, Final

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.grids.text import to_text

from .json_arrays import is_scalar
from .npz import Chunk, npz_chunks, read_npz

if TYPE_CHECKING:
    import numpy as np

Columns = dict[str, "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]"]
_POINT: Final = struct.Struct("<qd")
_pack: Final = _POINT.pack


class Series:
    """The points of one stepped metric: int64 steps and float64 values."""

    __slots__ = ("_points", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._points = bytearray()

    def add(self, step: Any, value: Any) -> None:
        """Append a point.

        Raises:
            InvalidInputError: a step that is no 64-bit whole number, a value that no float64 equals.
        """
        if type(value) is not float:
            value = exact_float(value, self.name)
        if type(step) is not int:
            step = self._whole(step)
        try:
            self._points += _pack(step, value)
        except struct.error:
            raise InvalidInputError(
                f"metric {self.name!r}: step {_short(step)} is no whole number of 64 bits"
            ) from None

    def __len__(self) -> int:
        return len(self._points) // _POINT.size

    def columns(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return the steps and the values; views, not copies."""
        import numpy as np

        words = np.frombuffer(self._points, dtype="<i8")
        return words[::2], words.view("<f8")[1::2]

    def _whole(self, step: Any) -> int:
        with contextlib.suppress(TypeError):
            if not isinstance(step, bool):
                return operator.index(step)
        raise InvalidInputError(f"metric {self.name!r}: step {_short(step)} is no whole number")


def exact_float(value: Any, name: str) -> float:
    """Return the float64 that equals `value`; raises `InvalidInputError` where there is none.

    Numbers of any kind are taken if nothing is lost: booleans, integers, numpy scalars and arrays without dimensions,
    decimals. NaN is NaN.
    """
    scalar = value.item() if is_scalar(value) else value
    number = None
    if not hasattr(scalar, "shape") and not isinstance(scalar, str | bytes | bytearray):
        with contextlib.suppress(TypeError, ValueError, ArithmeticError):
            number = float(scalar)
    if number is None or not (number == scalar or (math.isnan(number) and scalar != scalar)):
        raise InvalidInputError(
            f"metric {name!r}: {_short(value)} at a step is no number that a 64-bit float equals: "
            "capture it without a step, or as an artifact"
        )
    return number


def chunks(series: Mapping[str, Series]) -> Iterator[Chunk]:
    """Yield the bytes of the file that keeps all series.

    It is an npz that holds `<name>.steps` (int64) and `<name>.values` (float64) for each of them.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name, points in series.items():
        arrays[f"{name}.steps"], arrays[f"{name}.values"] = points.columns()
    yield from npz_chunks(arrays, "series")


def read(file: IO[bytes]) -> Columns:
    """Return what `chunks` wrote.

    Raises:
        ValueError: they are no such chunks.
    """
    arrays = read_npz(file)
    names = [key.removesuffix(".steps") for key in arrays if key.endswith(".steps")]
    try:
        return {name: (arrays[f"{name}.steps"], arrays[f"{name}.values"]) for name in names}
    except KeyError as error:
        raise ValueError(f"a column is missing: {error}") from None


def _short(value: object) -> str:
    text = to_text(value, repr)
    return text if len(text) <= 80 else f"{text[:80]}..."
