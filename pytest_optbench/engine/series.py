"""Stepped metrics: two columns for each name, 16 bytes a point, in the order of capture."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from pytest_optbench.errors import InvalidInputError

from .npz import Chunk, npz_chunks, read_npz

if TYPE_CHECKING:
    import numpy as np

Columns = dict[str, "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]"]
EXACT = 2**53  # whole numbers up to here are floats without loss


class Series:
    """The points of one stepped metric: int64 steps and float64 values."""

    __slots__ = ("name", "steps", "values")

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps = array("q")
        self.values = array("d")

    def add(self, step: Any, value: Any) -> None:
        """Append a point.

        Raises:
            InvalidInputError: a step that is no 64-bit whole number, a value that no float holds exactly.
        """
        if type(value) is not float:
            value = self._number(value)
        try:
            self.steps.append(step)
        except (TypeError, OverflowError):
            raise InvalidInputError(f"metric {self.name!r}: step {step!r} is no whole number of 64 bits") from None
        self.values.append(value)

    def _number(self, value: Any) -> float:
        try:
            exact = value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value
            number = float(exact)
        except (TypeError, ValueError, OverflowError):
            exact = number = None
        if number is None or isinstance(exact, str | bytes) or (isinstance(exact, int) and abs(exact) > EXACT):
            raise InvalidInputError(
                f"metric {self.name!r}: {value!r} at a step is no number that a float holds exactly: "
                "capture it without a step, or as an artifact"
            )
        return number


def chunks(series: Mapping[str, Series]) -> Iterator[Chunk]:
    """The bytes of the file that keeps all series: an npz with `NAME/steps` and `NAME/values`, numbered."""
    import numpy as np

    columns: dict[str, Any] = {"names": np.array(list(series), dtype=np.str_)}
    for number, one in enumerate(series.values()):
        columns[f"{number}.steps"] = np.frombuffer(one.steps, dtype=np.int64)
        columns[f"{number}.values"] = np.frombuffer(one.values, dtype=np.float64)
    yield from npz_chunks(columns, "series")


def read(file: IO[bytes]) -> Columns:
    """Read back what `chunks` wrote; raises ValueError for anything else."""
    columns = read_npz(file)
    names = columns["names"].tolist()
    return {name: (columns[f"{number}.steps"], columns[f"{number}.values"]) for number, name in enumerate(names)}
