"""Stepped metrics: two columns for each name, 16 bytes a point, in the order of capture.

A point is one append to a list, which threads of an operation may do at once without tearing steps from values; every
few thousand points are packed into arrays.
"""

from __future__ import annotations

import contextlib
import math
import operator
import threading
from array import array
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any, Final

from pytest_optbench.errors import InvalidInputError

from .npz import Chunk, npz_chunks, read_npz

if TYPE_CHECKING:
    import numpy as np

Columns = dict[str, "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]"]
PACK: Final = 4096  # points gathered before they are packed
LONGEST: Final = 2**63


class Series:
    """The points of one stepped metric: int64 steps and float64 values."""

    __slots__ = ("_fresh", "_packing", "_steps", "_values", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._fresh: list[tuple[int, float]] = []
        self._steps = array("q")
        self._values = array("d")
        self._packing = threading.Lock()

    def add(self, step: Any, value: Any) -> None:
        """Append a point.

        Raises:
            InvalidInputError: a step that is no 64-bit whole number, a value that no float64 equals.
        """
        if type(value) is not float:
            value = exact_float(value, self.name)
        if type(step) is not int or not -LONGEST <= step < LONGEST:
            step = self._whole(step)
        fresh = self._fresh
        fresh.append((step, value))
        if len(fresh) >= PACK:
            self._pack()

    def __len__(self) -> int:
        return len(self._steps) + len(self._fresh)

    def columns(self) -> tuple[array[int], array[float]]:
        """Return the steps and the values."""
        self._pack()
        return self._steps, self._values

    def _pack(self) -> None:
        with self._packing:
            count = len(self._fresh)  # others may append meanwhile; they append behind these
            self._steps.extend([step for step, _ in self._fresh[:count]])
            self._values.extend([value for _, value in self._fresh[:count]])
            del self._fresh[:count]

    def _whole(self, step: Any) -> int:
        try:
            whole = operator.index(step)
        except TypeError:
            raise InvalidInputError(f"metric {self.name!r}: step {step!r} is no whole number") from None
        if isinstance(step, bool) or not -LONGEST <= whole < LONGEST:
            raise InvalidInputError(f"metric {self.name!r}: step {step!r} is no whole number of 64 bits")
        return whole


def exact_float(value: Any, name: str) -> float:
    """Return the float64 that equals `value`; raises `InvalidInputError` where there is none.

    Numbers of any kind are taken if nothing is lost: booleans, integers, numpy scalars and arrays without dimensions,
    decimals. NaN is NaN.
    """
    scalar = value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value
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
    import numpy as np

    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name, points in series.items():
        steps, values = points.columns()
        arrays[f"{name}.steps"] = np.frombuffer(steps, dtype=np.int64)
        arrays[f"{name}.values"] = np.frombuffer(values, dtype=np.float64)
    yield from npz_chunks(arrays, "series")


def read(file: IO[bytes]) -> Columns:
    """Return what `chunks` wrote; raises `ValueError` for anything else."""
    arrays = read_npz(file)
    names = [key.removesuffix(".steps") for key in arrays if key.endswith(".steps")]
    try:
        return {name: (arrays[f"{name}.steps"], arrays[f"{name}.values"]) for name in names}
    except KeyError as error:
        raise ValueError(f"a column is missing: {error}") from None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
