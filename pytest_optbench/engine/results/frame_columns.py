"""Columns of a pandas DataFrame that lose nothing: whole numbers stay whole, and no cell is taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**63 - 1


def frame_of(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Return a DataFrame of columns of equal length, in which None stands for a missing cell.

    Raises:
        ImportError: pandas is not installed.
    """
    import pandas as pd

    return pd.DataFrame({name: _series(cells) for name, cells in columns.items()}, columns=list(columns))


def _series(cells: Sequence[Any]) -> pd.Series[Any]:
    import pandas as pd

    # Objects first: otherwise pandas would unfold cells that are lists or arrays.
    objects = pd.Series(cells, dtype=object)
    present = [cell for cell in cells if cell is not None]
    integers = [cell for cell in present if type(cell) is int]
    if not integers or (len(integers) == len(cells)):
        return objects.infer_objects()
    if len(integers) == len(present):  # otherwise pandas would turn them into floats
        return objects.astype("Int64") if _fit_int64(integers) else objects
    return objects.infer_objects() if all(map(_is_exact_as_float, integers)) else objects


def _fit_int64(integers: Sequence[int]) -> bool:
    return min(integers) >= _SMALLEST and max(integers) <= _LARGEST


def _is_exact_as_float(number: int) -> bool:
    try:
        return int(float(number)) == number
    except OverflowError:
        return False
