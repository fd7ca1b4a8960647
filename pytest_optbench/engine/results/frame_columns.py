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

    # Objects first: pandas must not take cells that are lists or arrays for something to unfold.
    objects = pd.Series(cells, dtype=object)
    found = [cell for cell in cells if cell is not None]
    whole = [cell for cell in found if type(cell) is int]
    if not whole or (len(whole) == len(cells)):
        return objects.infer_objects()
    if len(whole) == len(found):  # pandas would make floats of them
        return objects.astype("Int64") if _fit(whole) else objects
    return objects.infer_objects() if all(map(_is_float, whole)) else objects


def _fit(whole: Sequence[int]) -> bool:
    return min(whole) >= _SMALLEST and max(whole) <= _LARGEST


def _is_float(number: int) -> bool:
    try:
        return int(float(number)) == number
    except OverflowError:
        return False
