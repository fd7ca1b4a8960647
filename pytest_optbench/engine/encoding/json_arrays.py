"""numpy's values in strict JSON: dtype, shape and bytes, in base64."""

from __future__ import annotations

import base64
import re
from typing import Any, Final

from .loaded_numpy import loaded

_KINDS: Final = "biufcmMSU"  # plain numbers, dates and strings: nothing that could run code when read
_DTYPE: Final = re.compile(rf"[<>|][{_KINDS}][0-9]{{1,9}}(\[[0-9]{{0,9}}[A-Za-z]{{1,7}}\])?", re.ASCII)


def is_scalar(value: Any) -> bool:
    """Return whether a value is numpy's scalar or array without dimensions, whose `item` is all there is to it."""
    return hasattr(value, "item") and getattr(value, "shape", None) == () and not is_masked(value)


def is_masked(value: object) -> bool:
    """Return whether a value is a masked array of numpy: what becomes of its data loses the mask."""
    masked = loaded("numpy.ma")
    return masked is not None and isinstance(value, masked.MaskedArray)


def is_numpy(value: object) -> bool:
    """Return whether a value is an array or a scalar of numpy."""
    numpy = loaded("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray | numpy.generic)


def written(value: Any) -> tuple[str, list[Any]] | None:
    """Return the tag and the content that stand for a value of numpy; None where nothing can say it."""
    array = loaded("numpy").asarray(value)
    if array.dtype.kind not in _KINDS or is_masked(value):
        return None
    tag = "array" if value is array or array.ndim else "scalar"
    return tag, [array.dtype.str, list(array.shape), base64.b64encode(array.tobytes()).decode("ascii")]


def revived(content: Any) -> Any:
    """Return the array that `written` wrote; raises `ValueError` or another error of what is no such content."""
    import numpy as np

    dtype, shape, data = content
    if not isinstance(dtype, str) or not _DTYPE.fullmatch(dtype):  # numpy would read much more into a text
        raise ValueError(f"unsupported array type {dtype!r}")
    return np.frombuffer(bytearray(base64.b64decode(data, validate=True)), dtype=dtype).reshape(shape)
