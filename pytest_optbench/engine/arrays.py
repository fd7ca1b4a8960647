"""Identity of numpy scalars and arrays: dtype, shape and content. Imported only once numpy is there."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np

from pytest_optbench.engine.identity import Encoder, below, encode_str
from pytest_optbench.errors import IdentityError

CONTENT = 32  # bytes of the digest that stands for an array's content


def numpy_encoder(kind: type) -> Encoder | None:
    """The encoder of a numpy type; None when values of that type have no identity."""
    if kind is np.ndarray:
        return _array
    if issubclass(kind, np.generic):
        return _scalar
    return _dtype if issubclass(kind, np.dtype) else None


def _dtype(value: np.dtype[Any]) -> str:
    _refuse_unfaithful(value)
    return "y" + encode_str(repr(value.descr) if value.names else value.str)


def _scalar(value: np.generic) -> str:
    return "g" + _content(np.asarray(value))


def _array(value: np.ndarray[Any, Any]) -> str:
    return "A" + _content(value)


def _content(value: np.ndarray[Any, Any]) -> str:
    shape = ",".join(map(str, value.shape))
    if value.dtype.names is not None:
        return f"{_dtype(value.dtype)}({shape}){_fields(value)}"
    plain = np.ascontiguousarray(_one_nan(value))
    _refuse_unfaithful(value.dtype)
    return f"y{encode_str(value.dtype.str)}({shape}){blake2b(plain.data.cast('B') if plain.size else b'', digest_size=CONTENT).hexdigest()}"


def _fields(value: np.ndarray[Any, Any]) -> str:
    """Structured arrays field by field: the padding between fields is no content."""
    parts = []
    for name in value.dtype.names or ():
        try:
            parts.append(encode_str(name) + _content(value[name]))
        except IdentityError as error:
            raise below(f"[{name!r}]", error) from None
    return "".join(parts)


def _one_nan(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array with the bits of every NaN the same, as for floats."""
    if value.dtype.kind not in "fc" or not np.isnan(value).any():
        return value
    clean = np.array(value, order="C")
    parts = clean.view(clean.real.dtype) if clean.dtype.kind == "c" and clean.ndim else clean
    for part in (clean.real, clean.imag) if clean.dtype.kind == "c" else (parts,):
        part[np.isnan(part)] = np.nan
    return clean


def _refuse_unfaithful(dtype: np.dtype[Any]) -> None:
    if dtype.hasobject:
        raise IdentityError(
            "an array of Python objects has no faithful identity: use a numeric or string dtype, or a list"
        )
    if dtype.char in "gG":
        raise IdentityError(f"{dtype} differs between machines: use float64 or complex128")
