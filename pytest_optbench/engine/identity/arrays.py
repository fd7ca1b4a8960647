"""Identity of numpy scalars and arrays: dtype, shape and content. Imported only once numpy is there."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np

from pytest_optbench.errors import IdentityError

from .identity import Encoder, encode_str, prefix_path

Array: TypeAlias = np.ndarray[Any, Any]

CONTENT = 32  # bytes of the digest that stands for an array's content
FAITHFUL = "biufcmMSUV"  # kinds of dtype whose bytes are their value; no pointers
WIDEST = {"f": 8, "c": 16}  # bytes; what is wider is laid out differently from machine to machine


def numpy_encoder(kind: type) -> Encoder | None:
    """The encoder of a numpy type; None when values of that type have no identity (subclasses of arrays)."""
    if kind is np.ndarray:
        return lambda value: "A" + _content(value)
    if issubclass(kind, (np.str_, np.bytes_)):
        return _text_scalar
    if issubclass(kind, np.generic):
        return lambda value: "g" + _content(np.asarray(value))
    return (lambda value: "y" + _dtype(value)) if issubclass(kind, np.dtype) else None


def _text_scalar(value: np.str_ | np.bytes_) -> str:
    """Text without the width that numpy gives to empty strings."""
    return f"v{value.dtype.kind}" + encode_str(value if isinstance(value, str) else value.decode("latin-1"))


def _content(value: Array) -> str:
    shape = ",".join(map(str, value.shape))
    return f"{_dtype(value.dtype)}({shape}){_fields(value) if value.dtype.names else _digest(value)}"


def _dtype(dtype: np.dtype[Any]) -> str:
    if dtype.names:
        parts = (encode_str(name) + _dtype(dtype[name]) for name in dtype.names)
        return f"r{len(dtype.names)}[" + "".join(parts)
    if dtype.subdtype is not None:
        return f"h({','.join(map(str, dtype.shape))}){_dtype(dtype.base)}"
    if dtype.hasobject or dtype.kind not in FAITHFUL:
        raise IdentityError(f"an array of {dtype} has no faithful identity: use a numeric dtype, or a list")
    if dtype.itemsize > WIDEST.get(dtype.kind, dtype.itemsize):
        raise IdentityError(f"{dtype} differs between machines: use float64 or complex128")
    return encode_str(dtype.str)


def _fields(value: Array) -> str:
    """Structured arrays field by field: the padding between fields is no content."""
    parts = []
    for name in value.dtype.names or ():
        try:
            parts.append(_content(value[name]))
        except IdentityError as error:
            raise prefix_path(f"[{name!r}]", error) from None
    return "".join(parts)


def _digest(value: Array) -> str:
    """The hash of the elements in C order."""
    if not value.nbytes:
        return blake2b(digest_size=CONTENT).hexdigest()
    flat = np.ascontiguousarray(_one_nan(value)).reshape(-1).view(np.uint8)
    return blake2b(flat.data, digest_size=CONTENT).hexdigest()


def _one_nan(value: Array) -> Array:
    """The array with the bits of every NaN the same, as for floats."""
    if value.dtype.kind not in "fc" or not np.isnan(value).any():
        return value
    clean = value.copy()
    for part in (clean.real, clean.imag) if clean.dtype.kind == "c" else (clean,):
        part[np.isnan(part)] = np.nan
    return clean
